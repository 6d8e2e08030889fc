import { randomInt, randomUUID } from 'node:crypto';
import { RingfenceError } from '../../errors/index.js';
import type { Catalog, Relation } from '../catalog/catalog.js';
import { findTenancy, type Tenancy } from '../catalog/find-tenancy.js';
import { readCatalog } from '../catalog/read-catalog.js';
import type { ProveOptions } from '../prove-options.js';
import { existingRows } from '../seeding/existing-rows.js';
import { type SeededRow, type SeededTenant, seedRows } from '../seeding/seed-rows.js';
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

/**
 * The stage with two tenants that are there already, seen by the application alone.
 *
 * @param session of the application, in no transaction
 */
export async function stageAlone(
  session: Session,
  appRole: string,
  options: ProveOptions,
): Promise<Stage> {
  const catalog = await readCatalog(session, appRole);
  const tenancy = findTenancy(catalog, options.tenantColumn);
  const binder = tenantBinder(catalog, options, options.contextKey ?? 'none');
  const found: (SeededTenant & { fresh: Party['fresh'] })[] = [];
  for (const tenant of options.tenants ?? []) {
    await session.run({ text: 'BEGIN' });
    try {
      const own = await existingRows(session, catalog, tenancy, binder, tenant);
      found.push(Object.assign(own, { fresh: await freshOf(own, catalog, tenancy) }));
    } finally {
      await session.run({ text: 'ROLLBACK' });
    }
  }
  const [a, b] = found;
  if (!a || !b || a.tenant === b.tenant) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'Without an administrator nothing is seeded: name two tenants that have rows.',
    });
  }
  const secret = (own: SeededTenant): Set<string> => keysOf(own, catalog, tenancy);
  return {
    catalog,
    tenancy,
    binder,
    parties: [
      { ...party('a', a, b), secrets: secret(a) },
      { ...party('b', b, a), secrets: secret(b) },
    ],
  };
}

/** Of rows that somebody else made only random keys are nobody else's values as well. */
function keysOf(own: SeededTenant, catalog: Catalog, tenancy: Tenancy): Set<string> {
  const secrets = new Set<string>();
  for (const { id, columns, uniqueKeys } of catalog.relations) {
    const keys = uniqueKeys.filter(({ primary }) => primary).flatMap((key) => key.columns);
    for (const { name, baseType } of columns) {
      const value = own.rows.get(id)?.get(name);
      const tenant = name === tenancy.columns.get(id);
      if (value && baseType === 'uuid' && keys.includes(name) && !tenant) secrets.add(value);
    }
  }
  return secrets;
}

function party(
  name: Party['name'],
  own: SeededTenant & { fresh: Party['fresh'] },
  other: SeededTenant,
): Party {
  const { tenant, rows, sparse, problems, fresh } = own;
  return {
    name,
    tenant,
    rows,
    sparse,
    problems,
    fresh,
    secrets: secretsOf(tenant, rowsOf(own), rowsOf(other)),
  };
}

function rowsOf({ rows, sparse }: SeededTenant): SeededRow[] {
  return [...rows.values(), ...sparse.values()];
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

/** What an administrator can do: everything, or what the owner of every protected table can. */
export type Power = 'superuser' | 'owner';

const POWER = `SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user),
  (SELECT string_agg(DISTINCT format('%s of %s', c.oid::regclass, pg_get_userbyid(c.relowner)), ', ')
    FROM pg_class c WHERE c.relrowsecurity AND NOT pg_has_role(session_user, c.relowner, 'USAGE'))`;

/**
 * Refuses an administrator whose eyes row-level security covers: it would call a leak nothing.
 *
 * @throws RingfenceError `PROOF_IMPOSSIBLE`
 */
export async function powerOf(admin: Session): Promise<Power> {
  const [superuser, closed] = (await admin.run({ text: POWER })).rows[0] ?? [];
  if (superuser === 't') return 'superuser';
  if (closed === null) return 'owner';
  throw new RingfenceError('PROOF_IMPOSSIBLE', {
    detail: `The administrator must be superuser, or have the rights of the owner of every table with row-level security: it has not those of ${closed}.`,
  });
}

/** For what takes the application's place: only a superuser can. */
export async function needSuperuser(admin: Session, what: string): Promise<void> {
  if ((await powerOf(admin)) === 'superuser') return;
  throw new RingfenceError('PROOF_IMPOSSIBLE', {
    detail: `${what} needs a superuser. The owner of the tables can prove in a copy; without an administrator two tenants can be named.`,
  });
}
