import type { Attack, AttackInput } from '../attack.js';
import { learnt } from '../scene/learnt.js';
import type { Party } from '../scene/scene.js';
import { type Answer, shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { boundSettings } from './bound-settings.js';
import { closedCanaries, NO_CANARY, seesCanary } from './canary.js';
import { type Pivot, settingPivots } from './pivots.js';
import { guises } from './row-filter.js';

/** Tries to take the other tenant's place from inside one's own transaction, and from outside any. */
export const contextPivot: Attack = {
  operation: 'context-pivot',
  applies: (target) => target.type === 'context',
  run: async (input) => {
    const carriers = await boundSettings(input.scene, input.attacker);
    return tryPivots(
      input,
      carriers.flatMap((carrier) => settingPivots(input.scene, input.victim, carrier)),
    );
  },
};

/** Tries each pivot in each guise: does any table show rows of the victim behind it? */
export async function tryPivots(
  { scene, attacker, victim }: AttackInput,
  pivots: readonly Pivot[],
): Promise<Verdict> {
  const canaries = await closedCanaries(scene, attacker, victim);
  if (canaries.length === 0) return notProvable(NO_CANARY);
  const worked = new Map<string, string>();
  for (const { name, statements } of pivots) {
    for (const actor of guises(scene, attacker)) {
      if (worked.has(name)) break;
      const together = await scene.attempt(actor, ...statements, ...canaries);
      if (together.ok && silent(together.answers.slice(statements.length), victim)) continue;
      if (!together.ok && together.at < statements.length) continue;
      // One table that opens is enough; where each has a policy of its own, each is asked.
      for (const canary of canaries) {
        const value = await seesCanary(scene, actor, victim, canary, statements);
        if (value === undefined) continue;
        worked.set(name, [...statements, canary].map(shown).join('; '));
        break;
      }
    }
  }
  const [first] = worked.values();
  return first === undefined
    ? proven(`${pivots.length} pivots came to nothing`)
    : leaked(first, `rows of the other tenant, by: ${[...worked.keys()].join(', ')}`);
}

function silent(answers: readonly Answer[], victim: Party): boolean {
  return learnt(victim, { ok: true, answers }) === undefined;
}
