import { type AttackInput, describeTarget, type Target } from './attack.js';
import { ATTACKS } from './attacks/index.js';
import type { ProveOptions } from './prove-options.js';
import type { Scene } from './scene/scene.js';
import { type Finding, notProvable } from './verdict.js';

/** Runs every attack that applies, in both directions, on everything that the role can reach. */
export async function runAttacks(
  scene: Scene,
  options: Pick<ProveOptions, 'only' | 'accept' | 'directions'> & {
    /** Stops at the first leak. */
    readonly until?: 'leaked';
  },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const [a, b] = scene.parties;
  const pairs =
    options.directions === 'one'
      ? [[a, b] as const]
      : ([
          [a, b],
          [b, a],
        ] as const);
  for (const target of chosen(targetsOf(scene), options.only)) {
    const { object, kind } = describeTarget(target);
    for (const [attacker, victim] of pairs) {
      for (const attack of ATTACKS) {
        if (!attack.applies(target, scene)) continue;
        const input: AttackInput = { scene, attacker, victim, target };
        const verdict = await attack
          .run(input)
          .catch((error: Error) => notProvable(`the attack itself failed: ${error.message}`));
        const accepted = options.accept?.find(
          (one) =>
            one.operation === attack.operation &&
            (one.object === undefined || one.object === object),
        );
        findings.push({
          attacker: attacker.tenant,
          victim: victim.tenant,
          object,
          kind,
          operation: attack.operation,
          ...verdict,
          ...(accepted && verdict.verdict === 'leaked' ? { accepted: accepted.reason } : {}),
        });
        if (options.until === verdict.verdict) return findings;
      }
    }
  }
  return findings;
}

/** In the order in which they are named: who stops at the first leak names the likeliest first. */
function chosen(targets: readonly Target[], only: ProveOptions['only']): readonly Target[] {
  if (!only) return targets;
  return [...new Set(only)].flatMap((name) =>
    targets.filter((target) => describeTarget(target).object === name),
  );
}

function targetsOf({ catalog, tenancy }: Scene): Target[] {
  return [
    ...catalog.relations
      // Tenant tables that the role cannot reach stay in: that they are out of reach is the proof.
      .filter((one) => one.reachable || tenancy.tables.has(one.id))
      .map((relation) => ({ type: 'relation', relation }) as const),
    ...catalog.routines.map((routine) => ({ type: 'routine', routine }) as const),
    { type: 'context' },
  ];
}
