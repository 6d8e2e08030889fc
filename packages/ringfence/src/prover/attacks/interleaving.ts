import { relationAttack } from '../attack.js';
import { attemptInside } from '../scene/copy-scene.js';
import { learnt } from '../scene/learnt.js';
import { rowOf } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { noRow, readable, rowFilter, touch, where } from './row-filter.js';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Works beside the other tenant's open transaction: in between its steps, and on rows that it holds
 * locked. Waiting for a lock tells that the row is there.
 */
export const interleaving = relationAttack(
  'interleaving',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    const pair = scene.twoSessions();
    const row = rowOf(victim, relation);
    if (!pair) return notProvable('there is only one connection');
    if (!row) return notProvable(noRow(scene, victim, relation));
    const [theirs, ours] = pair;
    const filter = rowFilter(relation, row);
    const everything = { text: `SELECT ${readable(relation)} FROM ${relation.sql}` };
    const steps: Statement[] = [
      everything,
      where(`SELECT 1 FROM ${relation.sql}`, {
        ...filter,
        condition: `${filter.condition} FOR UPDATE NOWAIT`,
      }),
      where(touch(relation), filter),
      where(`DELETE FROM ${relation.sql}`, filter),
    ];
    try {
      await attemptInside(theirs, [{ text: 'BEGIN' }, scene.binder.bind(victim.tenant)]);
      await attemptInside(theirs, [{ text: 'SAVEPOINT held' }]);
      const held = await attemptInside(theirs, [where(touch(relation), filter)]);
      if (!held.ok) {
        await theirs.run({ text: 'ROLLBACK TO SAVEPOINT held' });
        await attemptInside(theirs, [everything]);
      }
      for (const level of ['READ COMMITTED', 'REPEATABLE READ']) {
        for (const statement of steps) {
          const outcome = await attemptInside(ours, [
            { text: `BEGIN ISOLATION LEVEL ${level}` },
            { text: "SET LOCAL lock_timeout = '300ms'" },
            scene.binder.bind(attacker.tenant),
            statement,
          ]);
          await ours.run({ text: 'ROLLBACK' });
          const value = learnt(victim, outcome, [statement]);
          if (value !== undefined) return leaked(shown(statement), `a row with ${value}`);
          if (!outcome.ok && outcome.code === LOCK_NOT_AVAILABLE) {
            return leaked(shown(statement), 'that the row exists: it waited for its lock');
          }
        }
      }
      return proven('nothing was seen and nothing waited');
    } finally {
      await theirs.run({ text: 'ROLLBACK' }).catch(() => undefined);
    }
  },
  ({ id, partition, reachable }, { tenancy }) => tenancy.tables.has(id) && !partition && reachable,
);
