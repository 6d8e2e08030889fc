import type { Relation } from '../catalog/catalog.js';
import type { Actor, Party, Scene } from '../scene/scene.js';
import { rowOf, WITHOUT_FOREIGN_KEYS } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { guises, noRow, refusal } from './row-filter.js';

/** A change that is tried, and how the administrator sees afterwards that it reached the victim. */
export interface Change {
  readonly relation: Relation;
  /** Each is one attempt. */
  readonly statements: readonly Statement[];
  /** Returns a row when the victim was reached. */
  readonly reached: Statement;
  /** What the owner of the row may do, to show that it is not the row that stands in the way. */
  readonly control: { readonly party: Party; readonly statement: Statement };
  readonly consequence: string;
  readonly right: boolean;
}

/** Tries a change in every guise; what counts is whether the victim's row was reached in truth. */
export async function changedBy(
  scene: Scene,
  attacker: Party,
  victim: Party,
  change: Change,
): Promise<Verdict> {
  const { relation } = change;
  if (!rowOf(victim, relation)) return notProvable(noRow(scene, victim, relation));
  const control = await scene.attempt(change.control.party, change.control.statement);
  const byKey = !control.ok && control.code.startsWith('23');
  let how = '';
  let hidden = false;
  for (const actor of guises(scene, attacker)) {
    for (const statement of change.statements) {
      const outcome = await scene.attempt(actor, statement);
      how ||= refusal(outcome);
      const hindered = !outcome.ok && outcome.code.startsWith('23');
      if (outcome.ok ? !outcome.answers[0]?.rowCount : !hindered) continue;
      const seen = await reached(scene, actor, statement, change, hindered);
      if (seen === true) return leaked(shown(statement), change.consequence);
      if (seen === undefined) hidden = true;
    }
  }
  if (hidden) {
    return notProvable('a key stopped it this time, and only an administrator could take it away');
  }
  if (how === 'no right' && !change.right) return proven('no right');
  if (!control.ok && !byKey) return notProvable(`its owner cannot either: ${control.message}`);
  if (control.ok && !control.answers[0]?.rowCount) {
    return notProvable('its owner does not reach the row either');
  }
  return proven(how);
}

async function reached(
  scene: Scene,
  actor: Actor,
  statement: Statement,
  { reached: truth }: Change,
  hindered: boolean,
): Promise<boolean | undefined> {
  const planted = hindered ? [WITHOUT_FOREIGN_KEYS] : [];
  const answer = await scene.truthAfterPlanting(planted, actor, [statement], truth);
  if (answer === 'not plantable') return undefined;
  return answer !== undefined && answer.rowCount > 0;
}
