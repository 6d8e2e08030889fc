import type { Actor, Scene } from '../scene/scene.js';
import type { Outcome, Statement } from '../scene/session.js';

/** What an attacker can tell from an outcome without reading it: that it worked, how far, or the code. */
export function signature(outcome: Outcome): string {
  if (!outcome.ok) return `error ${outcome.code}`;
  return outcome.answers.map(({ rowCount }) => `${rowCount} rows`).join(', ');
}

/**
 * Do the database's answers differ between a value that another tenant has and one that nobody has?
 * Then the difference tells that it exists.
 *
 * @returns how they differ; undefined when they do not
 */
export async function differs(
  scene: Scene,
  actor: Actor,
  foreign: Statement,
  absent: Statement,
): Promise<string | undefined> {
  const one = signature(await scene.attempt(actor, foreign));
  const other = signature(await scene.attempt(actor, absent));
  return one === other ? undefined : `${one} where it exists, ${other} where it does not`;
}
