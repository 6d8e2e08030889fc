import { RingfenceError } from '../../errors/index.js';
import type { Queryable } from '../../sql/index.js';
import type { ApplyOptions } from '../ddl/index.js';
import type { PhasedMigration } from '../folder/index.js';
import { MigrationLedger } from '../ledger/index.js';
import { withMigrationLock } from '../with-lock.js';
import { appliedFiles, applyFiles } from './apply-files.js';
import type { SchemaConnections } from './expand.js';

/** Nodes that have not reported for so long are gone. */
const NODE_SECONDS = 300;

/** How {@link contractBlockers} looks. */
export interface ContractOptions extends ApplyOptions {
  /** After how many seconds without a report a node is no longer waited for. Default 300. */
  readonly nodeSeconds?: number;
}

/**
 * Why the old shape of a migration cannot be taken away yet: tenants that are not switched, the soak, nodes
 * of older versions.
 *
 * @returns one sentence each; none when it can.
 * @example
 * await contractBlockers(operatorClient, '20261201090000_slugs'); // ['3 tenants are not switched: acme, …']
 */
export async function contractBlockers(
  db: Queryable,
  name: string,
  { nodeSeconds = NODE_SECONDS }: ContractOptions = {},
): Promise<string[]> {
  const entry = await new MigrationLedger(db).find(name);
  if (!entry) throw new RingfenceError('MIGRATION_UNKNOWN');
  const blockers: string[] = [];
  if (entry.stopped) blockers.push('It is stopped by the kill switch.');
  if (entry.state !== 'soaking' && entry.state !== 'contracting') {
    blockers.push(`It is ${entry.state}; it must be soaking.`);
  }
  const { rows: tenants } = await db.query<{ slug: string; n: number }>(
    `SELECT d.slug, count(*) OVER ()::int AS n FROM ringfence.tenants AS d
     LEFT JOIN ringfence.migration_tenants AS t ON t.migration = $1 AND t.tenant = d.id
     WHERE t.state IS DISTINCT FROM 'switched' ORDER BY d.slug LIMIT 5`,
    [name],
  );
  const [first] = tenants;
  if (first) {
    const more = first.n > tenants.length ? ', …' : '';
    const named = tenants.map(({ slug }) => slug).join(', ');
    blockers.push(`${first.n} tenants are not switched: ${named}${more}.`);
  }
  if (entry.soakUntil && entry.soakUntil > (await now(db))) {
    blockers.push(`It soaks until ${entry.soakUntil.toISOString()}.`);
  }
  const { needs } = entry.settings;
  if (needs) {
    const { rows: nodes } = await db.query<{ node: string; version: string }>(
      `SELECT node, version FROM ringfence.migration_nodes
       WHERE seen_at > clock_timestamp() - make_interval(secs => $1) ORDER BY node`,
      [nodeSeconds],
    );
    for (const { node, version } of nodes) {
      if (isOlder(version, needs)) {
        blockers.push(`Node ${node} is of version ${version}; ${needs} is needed.`);
      }
    }
  }
  return blockers;
}

/**
 * Takes the old shape away, for good. Run again, it goes on where it was.
 *
 * @throws RingfenceError `CONTRACT_REFUSED` with what {@link contractBlockers} says; what `applySql` throws:
 *   the migration is then soaking again, unless one of its files has been applied already.
 */
export async function contract(
  { owner, files }: SchemaConnections,
  migration: PhasedMigration,
  options: ContractOptions = {},
): Promise<void> {
  const ledger = new MigrationLedger(owner);
  const { name } = migration;
  await withMigrationLock(files, async () => {
    const entry = await ledger.find(name);
    if (entry?.state === 'contracted') return;
    const begun = [...(await appliedFiles(owner, name)).keys()].some((file) =>
      migration.contract.some((each) => each.file === file),
    );
    // Once a file is applied there is no way back, and what is left of them is due.
    if (!begun) {
      const blockers = await contractBlockers(owner, name, options);
      if (blockers.length > 0) {
        throw new RingfenceError('CONTRACT_REFUSED', { detail: blockers.join(' ') });
      }
    }
    await ledger.step(name, 'contracting');
    try {
      await applyFiles(files, { ...options, migration: name, files: migration.contract });
    } catch (error) {
      const applied = await appliedFiles(owner, name).catch(() => new Map());
      if (!migration.contract.some(({ file }) => applied.has(file))) {
        const code = error instanceof RingfenceError ? error.code : 'MIGRATION_FAILED';
        await ledger.step(name, 'soaking', code).catch(() => undefined);
      }
      throw error;
    }
    await ledger.step(name, 'contracted');
  });
}

async function now(db: Queryable): Promise<Date> {
  const { rows } = await db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  return rows[0]?.now ?? new Date();
}

/** By numbers, part by part; what is no version is older than every one. */
function isOlder(version: string, needed: string): boolean {
  const parts = (text: string): number[] | undefined =>
    /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  const [is, must] = [parts(version), parts(needed)];
  if (!is || !must) return true;
  for (const [at, number] of must.entries()) {
    if (is[at] !== number) return (is[at] ?? 0) < number;
  }
  // 2.4.0-rc.1 comes before 2.4.0.
  return version.includes('-') && !needed.includes('-');
}
