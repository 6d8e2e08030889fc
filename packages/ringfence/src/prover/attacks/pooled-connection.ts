import type { Attack } from '../attack.js';
import { attemptInside } from '../scene/copy-scene.js';
import { learnt } from '../scene/learnt.js';
import type { Party, Scene } from '../scene/scene.js';
import { type Session, type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { closedCanaries, NO_CANARY } from './canary.js';

const PREPARED = 'ringfence_prover';

/** Uses a connection after the other tenant: what does a commit leave on it? */
export const pooledConnection: Attack = {
  operation: 'pooled-connection',
  applies: (target) => target.type === 'context',
  run: async ({ scene, attacker, victim }) => {
    const [session] = scene.twoSessions() ?? [];
    if (!session) return notProvable('there is only one connection');
    const canaries = await closedCanaries(scene, attacker, victim);
    for (const canary of canaries) {
      const verdict = await reuse(scene, session, attacker, victim, canary);
      if (verdict) return verdict;
    }
    return canaries.length > 0
      ? proven('neither a setting nor a cached plan outlives the transaction')
      : notProvable(NO_CANARY);
  },
};

async function reuse(
  scene: Scene,
  session: Session,
  attacker: Party,
  victim: Party,
  canary: Statement,
): Promise<Verdict | undefined> {
  const execute = { text: `EXECUTE ${PREPARED}` };
  const prepare = { text: `PREPARE ${PREPARED} AS ${canary.text}` };
  try {
    // A generic plan is what a pooled statement becomes after a few executions.
    await session.run({ text: 'SET plan_cache_mode = force_generic_plan' });
    const first = await transaction(session, [
      scene.binder.bind(victim.tenant),
      prepare,
      execute,
      canary,
    ]);
    if (!first.ok || learnt(victim, first) === undefined) return undefined;
    const bound = scene.binder.bind(attacker.tenant);
    for (const before of [[], [bound]]) {
      for (const statement of [canary, execute]) {
        const outcome = await transaction(session, [...before, statement]);
        const value = learnt(victim, outcome);
        if (value === undefined) continue;
        return leaked(
          shown(statement),
          `a row with ${value}, on a connection that the other tenant had used`,
        );
      }
    }
    return undefined;
  } finally {
    await session.end();
  }
}

async function transaction(
  session: Session,
  statements: readonly Statement[],
): ReturnType<typeof attemptInside> {
  const outcome = await attemptInside(session, [{ text: 'BEGIN' }, ...statements]);
  await session.run({ text: outcome.ok ? 'COMMIT' : 'ROLLBACK' });
  return outcome;
}
