import { randomInt, randomUUID } from 'node:crypto';
import { RingfenceError } from '../../errors/index.js';
import type { Catalog, Relation } from '../catalog/catalog.js';
import { findTenancy, type Tenancy } from '../catalog/find-tenancy.js';
import { readCatalog } from '../catalog/read-catalog.js';
import type { ProveOptions } from '../prove-options.js';
import { type SeededTenant, seedRows } from '../seeding/seed-rows.js';
import { secretsOf } from './learnt.js';
import type { Party } from './scene.js';
import { Session } from './session.js';
import { type TenantBinder, tenantBinder } from './tenant-binder.js';

/** The two tenants on the stage: everything that an attack needs to know beforehand. */
export interface Stage {
  readonly catalog: Catalog;
  readonly tenancy: Tenancy;
  readonly binder: TenantBinder;
  readonly parties: readonly [Party, Party];
}

/** Reads the catalog and seeds both tenants, on a session of the administrator inside a transaction. */
export async function prepareStage(
  admin: Session,
  appRole: string,
  options: ProveOptions,
): Promise<Stage> {
  const catalog = await readCatalog(admin, appRole);
  const tenancy = findTenancy(catalog, options.tenantColumn);
  const binder = tenantBinder(catalog, options);
  for (const { text, values } of binder.preparation) await admin.query(text, values);
  await admin.run({ text: 'SET CONSTRAINTS ALL DEFERRED' });
  const named = options.tenants !== undefined;
  const [first, second] = options.tenants ?? [tenantOf(tenancy.type), tenantOf(tenancy.type)];
  const seeded: (SeededTenant & { fresh: Party['fresh'] })[] = [];
  for (const tenant of [first, second]) {
    const rows = await seedRows(admin, catalog, tenancy, tenant, named);
    seeded.push(Object.assign(rows, { fresh: await freshOf(rows, catalog, tenancy) }));
  }
  const [a, b] = seeded;
  if (!a || !b) throw new RingfenceError('PROOF_IMPOSSIBLE', { detail: 'No tenant was seeded.' });
  return { catalog, tenancy, binder, parties: [party('a', a, b), party('b', b, a)] };
}

function party(
  name: Party['name'],
  own: SeededTenant & { fresh: Party['fresh'] },
  other: SeededTenant,
): Party {
  const { tenant, rows, problems, fresh } = own;
  return {
    name,
    tenant,
    rows,
    problems,
    fresh,
    secrets: secretsOf(tenant, rows.values(), other.rows.values()),
  };
}

async function freshOf(
  seeded: SeededTenant,
  catalog: Catalog,
  tenancy: Tenancy,
): Promise<Party['fresh']> {
  const fresh = new Map<string, Awaited<ReturnType<SeededTenant['freshValues']>>>();
  const wanted = (table: Relation): boolean =>
    tenancy.tables.has(table.id) && !table.partition && !tenancy.registries.has(table.id);
  for (const table of catalog.relations.filter(wanted)) {
    fresh.set(table.id, await seeded.freshValues(table));
  }
  return fresh;
}

function tenantOf(type: string): string {
  if (type === 'uuid') return randomUUID();
  if (/^(bigint|integer|numeric)/.test(type))
    return String(randomInt(1_000_000_000, 2_000_000_000));
  if (type === 'smallint') return String(randomInt(20_000, 30_000));
  return `rf-${randomUUID().slice(0, 13)}`;
}

/** Who the application logs in as. */
export async function roleOf(url: string): Promise<string> {
  const session = new Session(url);
  try {
    return (await session.run({ text: 'SELECT session_user' })).rows[0]?.[0] ?? '';
  } finally {
    await session.end();
  }
}

/** Refuses an administrator whose eyes row-level security covers: it would call a leak nothing. */
export async function refuseBlindAdministrator(admin: Session): Promise<void> {
  const { rows } = await admin.run({
    text: 'SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user',
  });
  if (rows[0]?.includes('t')) return;
  throw new RingfenceError('PROOF_IMPOSSIBLE', {
    detail: 'The administrator must be superuser: it seeds every table and reads the truth.',
  });
}
