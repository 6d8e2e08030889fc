import { learnt } from '../scene/learnt.js';
import { type Actor, type Party, rowOf, type Scene } from '../scene/scene.js';
import type { Statement } from '../scene/session.js';
import { guises, readable } from './row-filter.js';

/** Why a pivot cannot be judged. */
export const NO_CANARY =
  'no table shows its owner the row and is closed to the other tenant to begin with';

/** Reads of tables that the victim can read: they sing when a context is not what it seems. */
export function canariesOf(scene: Scene, victim: Party): Statement[] {
  return scene.catalog.relations
    .filter((relation) => relation.reachable && relation.select && rowOf(victim, relation))
    .filter(({ sql }) => scene.focus?.has(sql) ?? true)
    .map((relation) => ({ text: `SELECT ${readable(relation)} FROM ${relation.sql}` }));
}

const known = new WeakMap<Scene, Map<string, Promise<Statement[]>>>();

/**
 * The canaries that keep silent as long as nobody does anything about the context; listened to once per
 * scene.
 */
export function closedCanaries(scene: Scene, attacker: Party, victim: Party): Promise<Statement[]> {
  const ofScene = known.get(scene) ?? new Map<string, Promise<Statement[]>>();
  known.set(scene, ofScene);
  const pair = `${attacker.name} ${victim.name}`;
  const closed = ofScene.get(pair) ?? listen(scene, attacker, victim);
  ofScene.set(pair, closed);
  return closed;
}

async function listen(scene: Scene, attacker: Party, victim: Party): Promise<Statement[]> {
  const closed: Statement[] = [];
  let sung = false;
  for (const canary of canariesOf(scene, victim)) {
    const seen = [];
    for (const actor of guises(scene, attacker)) {
      seen.push(await seesCanary(scene, actor, victim, canary, []));
    }
    if (seen.some((value) => value !== undefined)) continue;
    closed.push(canary);
    if ((await seesCanary(scene, victim, victim, canary, [])) !== undefined) sung = true;
  }
  // Nothing can be said by canaries that do not even sing for the victim.
  return sung ? closed : [];
}

/** What of the victim the actor sees after some statements in the same transaction. */
export async function seesCanary(
  scene: Scene,
  actor: Actor,
  victim: Party,
  canary: Statement,
  before: readonly Statement[],
): Promise<string | undefined> {
  const outcome = await scene.attempt(actor, ...before, canary);
  if (!outcome.ok) return undefined;
  const last = outcome.answers.at(-1);
  return last && learnt(victim, { ok: true, answers: [last] });
}
