import { randomBytes } from 'node:crypto';
import { auditInTransaction } from '../../auditor/index.js';
import { quoteIdentifier, TENANT_TABLES_QUERY } from '../../sql/index.js';
import type { Relation } from '../catalog/catalog.js';
import { readCatalog } from '../catalog/read-catalog.js';
import { type Proof, subjectOf } from '../proof.js';
import { seededStage } from '../prove.js';
import type { ProveOptions } from '../prove-options.js';
import { runAttacks } from '../run-attacks.js';
import { InPlaceScene } from '../scene/in-place-scene.js';
import { needSuperuser, roleOf, type Stage } from '../scene/prepare-stage.js';
import { Session } from '../scene/session.js';
import { createWorkCopy } from '../scene/work-copy.js';
import type { Finding } from '../verdict.js';
import type { Mutant } from './mutant.js';
import { mutantsOf } from './mutants-of.js';

/** What became of one mutant. */
export interface MutantResult {
  readonly kind: string;
  readonly object: string;
  readonly sql: string;
  /** What the attack did that it could not do before; undefined when it noticed nothing. */
  readonly attack?: string;
  /** The server would refuse to start on it. */
  readonly start?: boolean;
  /** Keys of findings that the audit had not made before; undefined when it noticed nothing. */
  readonly audit?: readonly string[];
  /** Why it could not be made in this database. */
  readonly impossible?: string;
}

/** What became of all of them, and on what it stands. */
export interface MutationProof {
  readonly format: 'ringfence-mutation/1';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly subject: Proof['subject'];
  readonly summary: {
    readonly mutants: number;
    readonly noticed: number;
    readonly survived: number;
    /** That could not be made in this database. */
    readonly impossible: number;
  };
  readonly results: readonly MutantResult[];
}

/** Did anything notice it? */
export function noticed({ attack, audit, start }: MutantResult): boolean {
  return attack !== undefined || audit !== undefined || start === true;
}

/** What {@link mutate} is asked for. */
export interface MutateOptions extends ProveOptions {
  /** A superuser. */
  readonly adminUrl: string;
  /** At most so many mutants of each kind, the first ones; default all. */
  readonly perKind?: number;
}

/**
 * Weakens a copy of the database in every known way, one at a time, and tells which weaknesses the
 * attack and the audit notice. One that neither notices is a defect of ours.
 *
 * Each mutant lives in a transaction that is rolled back, and the application is played by a role that
 * is made in it: nothing reaches the cluster's real roles.
 *
 * @throws RingfenceError as {@link prove}; `PROOF_IMPOSSIBLE` when the administrator is no superuser
 */
export async function mutate(options: MutateOptions): Promise<MutationProof> {
  const startedAt = new Date().toISOString();
  const copy = await createWorkCopy(options.adminUrl, 'mutate');
  try {
    const adminUrl = copy.url(options.adminUrl);
    const appRole = await roleOf(copy.url(options.appUrl));
    const admin = new Session(adminUrl);
    await needSuperuser(admin, 'Mutation');
    const stage = await seededStage(adminUrl, appRole, options);
    const mutants = await mutantsOf(admin, stage);
    await admin.end();
    // One name for all of them: the audit's findings name the role.
    const role = `ringfence_mutant_${randomBytes(4).toString('hex')}`;
    const baseline = await tried(adminUrl, stage, role, undefined);
    const results: MutantResult[] = [];
    for (const mutant of atMost(mutants, options.perKind)) {
      const seen = await tried(adminUrl, stage, role, mutant);
      results.push(compared(mutant, baseline, seen));
      options.report?.(`${mutant.kind} ${mutant.object}`);
    }
    const made = results.filter(({ impossible }) => impossible === undefined);
    const caught = made.filter(noticed).length;
    return {
      format: 'ringfence-mutation/1',
      startedAt,
      endedAt: new Date().toISOString(),
      subject: subjectOf(stage, options),
      summary: {
        mutants: made.length,
        noticed: caught,
        survived: made.length - caught,
        impossible: results.length - made.length,
      },
      results,
    };
  } finally {
    await copy.drop();
  }
}

/** The last of a kind as well as the first: they stand at both ends of the references. */
function atMost(mutants: readonly Mutant[], perKind = Number.POSITIVE_INFINITY): Mutant[] {
  const kinds = new Map<string, Mutant[]>();
  for (const mutant of mutants) kinds.set(mutant.kind, [...(kinds.get(mutant.kind) ?? []), mutant]);
  return [...kinds.values()].flatMap((all) =>
    all.length <= perKind ? all : [...all.slice(0, perKind - 1), ...all.slice(-1)],
  );
}

type Tried =
  | {
      readonly findings: readonly Finding[];
      /** With the other policies of the table out of the way. */
      readonly alone: readonly Finding[];
      readonly audit: readonly string[];
      readonly unguarded: number;
    }
  | string;

/** Attacks and audits with one mutation in place; a text says why that is impossible. */
async function tried(
  adminUrl: string,
  stage: Stage,
  role: string,
  mutant: Mutant | undefined,
): Promise<Tried> {
  // A connection of its own each time: a setting that was ever set never looks untouched again.
  const admin = new Session(adminUrl);
  try {
    await admin.run({ text: 'BEGIN' });
    await admin.run({
      text: `CREATE ROLE ${quoteIdentifier(role)} LOGIN IN ROLE ${quoteIdentifier(stage.catalog.appRole)}`,
    });
    for (const text of mutant?.sql ?? []) {
      try {
        await admin.run({ text: text.replaceAll('{app}', quoteIdentifier(role)) });
      } catch (error) {
        return (error as Error).message;
      }
    }
    const catalog = await readCatalog(admin, role);
    const only = mutant && [mutant.object, 'tenant context', ...nearby(stage, mutant)];
    // Policies of other tables are what they were: no forged context opens them now.
    const scene = new InPlaceScene(
      { ...stage, catalog },
      admin,
      only ? { focus: new Set(only) } : {},
    );
    const findings = await runAttacks(scene, {
      directions: 'one',
      ...(only ? { only } : {}),
      ...(mutant ? { until: 'leaked' as const } : {}),
    });
    await scene.end();
    const alone = mutant?.layered ? await withoutOthers(admin, scene, mutant) : [];
    const unguarded = stage.catalog.hasMachinery ? await countUnguarded(admin) : 0;
    const { report } = await auditInTransaction(admin, { appRoles: [role] });
    return { findings, alone, unguarded, audit: report.findings.map(({ key }) => key) };
  } finally {
    await admin.run({ text: 'ROLLBACK' }).catch(() => undefined);
    await admin.end();
  }
}

/**
 * Guard and access policy each hold alone: what a weakened one lets through shows when the other one
 * is gone (the guard) or lets everything pass (the access policy).
 */
async function withoutOthers(
  admin: Session,
  scene: InPlaceScene,
  mutant: Mutant,
): Promise<Finding[]> {
  const policies = await admin.run({
    text: "SELECT quote_ident(polname), polpermissive, polcmd FROM pg_policy WHERE polrelid = $1::regclass AND polname !~ '^lax'",
    values: [mutant.object],
  });
  const guard = mutant.kind.startsWith('guard');
  const others = policies.rows.filter(([, permissive]) => (permissive === 't') === guard);
  await admin.run({ text: 'SAVEPOINT alone' });
  try {
    for (const [name] of others) {
      const text = guard
        ? `ALTER POLICY ${name} ON ${mutant.object} USING (true) WITH CHECK (true)`
        : `DROP POLICY ${name} ON ${mutant.object}`;
      await admin.run({ text });
    }
    return await runAttacks(scene, { directions: 'one', only: [mutant.object], until: 'leaked' });
  } catch {
    return [];
  } finally {
    await scene.end();
    await admin.run({ text: 'ROLLBACK TO SAVEPOINT alone' });
  }
}

/** What the check at the server's start counts as unprotected. */
async function countUnguarded(admin: Session): Promise<number> {
  const { rows } = await admin.query<{ enabled: boolean; forced: boolean; guarded: boolean }>(
    TENANT_TABLES_QUERY,
  );
  return rows.filter(({ enabled, forced, guarded }) => !enabled || !forced || !guarded).length;
}

/** Tables that hang together with the mutated one, and what was planted. */
function nearby({ catalog, parties }: Stage, { object, sql }: Mutant): string[] {
  if (object === 'tenant context') {
    // It weakens all tables alike: one of each kind of rights stands for the others.
    const seeded = catalog.relations.filter(({ id }) => parties[0].rows.has(id));
    return [...new Map(seeded.map((one) => [rightsOf(one), one.sql])).values()];
  }
  return catalog.relations
    .filter((relation) => sql.some((text) => text.includes(relation.sql)))
    .map((relation) => relation.sql)
    .concat(['planted.inner_rows']);
}

function rightsOf(relation: Relation): string {
  const { kind, select, insert, update, delete: remove, reachable } = relation;
  return JSON.stringify([kind, select, insert, update, remove, reachable]);
}

function compared(mutant: Mutant, baseline: Tried, seen: Tried): MutantResult {
  const { kind, object, sql } = mutant;
  const result = { kind, object, sql: sql.join('; ') };
  if (typeof seen === 'string') return { ...result, impossible: seen };
  if (typeof baseline === 'string') return { ...result, impossible: baseline };
  const before = new Map(
    baseline.findings.map((one) => [`${one.object} ${one.operation}`, one.verdict]),
  );
  const worse = seen.findings.find((finding) => {
    const was = before.get(`${finding.object} ${finding.operation}`);
    if (finding.verdict === 'leaked') return was !== 'leaked';
    // Its owner is shut out: a policy is gone that somebody will miss.
    return finding.verdict === 'not-provable' && was === 'proven';
  });
  const fresh = seen.audit.filter((key) => !baseline.audit.includes(key));
  const exposed = seen.alone.find(({ verdict }) => verdict === 'leaked');
  const start = seen.unguarded > baseline.unguarded;
  return {
    ...result,
    ...(exposed && !worse
      ? { attack: `${exposed.operation} leaked, without the other policy` }
      : {}),
    ...(start ? { start } : {}),
    ...(worse ? { attack: `${worse.operation} ${worse.verdict}` } : {}),
    ...(fresh.length > 0 ? { audit: fresh } : {}),
  };
}
