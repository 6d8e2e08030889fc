import { relationAttack } from '../attack.js';
import { shown } from '../scene/session.js';
import { leaked, notProvable, proven } from '../verdict.js';

/** Watches a sequence while the other tenant draws from it: shared numbers count everybody's rows. */
export const sequence = relationAttack(
  'sequence',
  'S',
  async ({ scene, attacker }, relation) => {
    if (!scene.throwaway) return notProvable('a sequence does not roll back');
    const name = relation.sql;
    const look = { text: `SELECT last_value, is_called FROM ${name}` };
    const draw = { text: 'SELECT nextval($1::regclass)', values: [name] };
    const state = async (statement: typeof look): Promise<string> => {
      const outcome = await scene.attempt(attacker, statement);
      return outcome.ok ? (outcome.answers[0]?.rows[0]?.join() ?? '') : '';
    };
    const before = await state(look);
    await scene.truth(draw);
    if (before !== '' && (await state(look)) !== before) {
      return leaked(shown(look), 'that the other tenant drew a number');
    }
    const first = await state(draw);
    await scene.truth(draw);
    const second = await state(draw);
    return first !== '' && Number(second) > Number(first) + 1
      ? leaked(shown(draw), 'how many numbers others drew in between')
      : proven('no right to look at or draw from it');
  },
  ({ reachable }) => reachable,
);
