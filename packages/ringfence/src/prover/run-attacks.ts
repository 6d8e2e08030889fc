import { type Attack, type AttackInput, describeTarget, type Target } from './attack.js';
import { ATTACKS } from './attacks/index.js';
import type { ProveOptions } from './prove-options.js';
import type { Party, Scene } from './scene/scene.js';
import { type Finding, notProvable, type Operation, Unprovable, type Verdict } from './verdict.js';

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
        const verdict = await verdictOf(attack, input);
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

/** Operations that depend on what stands in the row. */
const BY_ROW: readonly Operation[] = [
  'read',
  'count',
  'update',
  'update-to-other',
  'move',
  'delete',
];

/** The same attack with the rows that have only what a row must have. */
function onSparseRows(attack: Attack, input: AttackInput): AttackInput | undefined {
  const { target, attacker, victim } = input;
  if (target.type !== 'relation' || !BY_ROW.includes(attack.operation)) return undefined;
  const { id } = target.relation;
  const swap = (party: Party): Party => {
    const row = party.sparse.get(id);
    return row ? { ...party, rows: new Map([...party.rows, [id, row]]) } : party;
  };
  if (!victim.sparse.has(id)) return undefined;
  return { ...input, attacker: swap(attacker), victim: swap(victim) };
}

/** Operations that insert rows. */
const INSERTING: readonly Operation[] = [
  'insert-as-other',
  'upsert-oracle',
  'unique-oracle',
  'foreign-key-oracle',
];

async function verdictOf(attack: Attack, input: AttackInput): Promise<Verdict> {
  const { scene, target, victim } = input;
  const draws =
    target.type === 'relation' &&
    target.relation.insert &&
    target.relation.columns.some((column) => column.draws && !column.insert);
  if (!scene.throwaway && draws && INSERTING.includes(attack.operation)) {
    return notProvable('an insert would draw a number from a sequence, which does not roll back');
  }
  scene.against?.(victim);
  const run = (one = input): Promise<Verdict> =>
    attack
      .run(one)
      .catch((error: Error) =>
        notProvable(
          error instanceof Unprovable
            ? error.message
            : `the attack itself failed: ${error.message}`,
        ),
      );
  const dense = await run();
  const sparse = dense.verdict !== 'leaked' && onSparseRows(attack, input);
  const second = sparse ? await run(sparse) : dense;
  const verdict = second.verdict === 'leaked' ? second : dense;
  // Where others work at the same time, what they did must not count: it has to happen twice.
  if (scene.administrator || verdict.verdict !== 'leaked') return verdict;
  return (await run()).verdict === 'leaked'
    ? verdict
    : notProvable('it leaked once, and not again');
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
