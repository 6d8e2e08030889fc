import { relationAttack } from '../attack.js';
import type { Relation } from '../catalog/catalog.js';
import { learnt } from '../scene/learnt.js';
import { type Party, rowOf, type Scene } from '../scene/scene.js';
import { shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { guises, noRow, readable, refusal, rowFilter, where } from './row-filter.js';

/** Reads everything there is, and the other tenant's row by its key. */
export const read = relationAttack('read', 'rpvmf', async (input, relation) => {
  const { scene, attacker, victim } = input;
  const row = rowOf(victim, relation);
  const everything = { text: `SELECT ${readable(relation)} FROM ${relation.sql}` };
  const tries = row ? [everything, where(everything.text, rowFilter(relation, row))] : [everything];
  let how = '';
  for (const actor of guises(scene, attacker)) {
    for (const [at, statement] of tries.entries()) {
      const outcome = await scene.attempt(actor, statement);
      how ||= refusal(outcome);
      const value = learnt(victim, outcome, at === 0 ? [] : [statement]);
      if (value !== undefined) return leaked(shown(statement), `a row with ${value}`);
      if (at > 0 && outcome.ok && outcome.answers[0]?.rowCount) {
        return leaked(shown(statement), 'the row itself');
      }
    }
  }
  return ownerSees(scene, victim, relation, how);
});

/** Nothing was learnt: is that because there was nothing to learn? */
async function ownerSees(
  scene: Scene,
  victim: Party,
  relation: Relation,
  how: string,
): Promise<Verdict> {
  if (how === 'no right') return proven('no right to read');
  const row = rowOf(victim, relation);
  const everything = { text: `SELECT ${readable(relation)} FROM ${relation.sql}` };
  const own = await scene.attempt(
    victim,
    row ? where(everything.text, rowFilter(relation, row)) : everything,
  );
  if (!own.ok) return notProvable(`its owner cannot read it: ${own.message}`);
  if (row ? own.answers[0]?.rowCount === 1 : learnt(victim, own) !== undefined) return proven(how);
  return notProvable(
    row || !scene.tenancy.tables.has(relation.id)
      ? isDerived(relation)
        ? 'it shows its owner none of the seeded rows either'
        : noRowSeen(scene, victim, relation)
      : noRow(scene, victim, relation),
  );
}

function noRowSeen(scene: Scene, victim: Party, relation: Relation): string {
  return rowOf(victim, relation)
    ? 'its owner does not see the row either'
    : noRow(scene, victim, relation);
}

function isDerived({ kind }: Relation): boolean {
  return kind === 'v' || kind === 'm' || kind === 'f';
}
