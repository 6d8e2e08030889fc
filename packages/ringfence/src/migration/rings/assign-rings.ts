import { createHash } from 'node:crypto';
import type { Queryable } from '../../sql/index.js';
import type { RingSelector } from '../folder/index.js';

/** A tenant as a selector sees it. */
export interface RingCandidate {
  readonly id: string;
  readonly slug: string;
  readonly plan?: string;
  /** How many rows it has, where a selector asks for it. */
  readonly rows?: number;
}

/** A ring and where it stands in the order. */
export interface SelectableRing {
  readonly position: number;
  readonly selector: RingSelector;
}

/**
 * Where a tenant stands between 0 and 1 in the order of one migration: always at the same place, and in
 * another migration at another one, so that it is not always the same tenants that go first.
 */
export function placeOf(migration: string, tenant: string): number {
  return createHash('sha256').update(`${migration}:${tenant}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/**
 * The first ring that takes the tenant.
 *
 * @returns its position; that of the last ring for a tenant that none takes.
 */
export function ringOf(
  migration: string,
  tenant: RingCandidate,
  rings: readonly SelectableRing[],
): number {
  const found = rings.find(({ selector }) => takes(selector, migration, tenant));
  return (found ?? rings.at(-1))?.position ?? 1;
}

function takes(selector: RingSelector, migration: string, tenant: RingCandidate): boolean {
  if ('list' in selector) {
    return selector.list.includes(tenant.id) || selector.list.includes(tenant.slug);
  }
  if ('plan' in selector) return tenant.plan === selector.plan;
  if ('share' in selector) return placeOf(migration, tenant.id) < selector.share;
  return tenant.rows !== undefined && tenant.rows <= selector.rowsUpTo;
}

/** Where to learn what the directory does not say. */
export interface TenantFacts {
  /** The plan of each tenant, by id. */
  plans?(): Promise<ReadonlyMap<string, string>>;
  /** How many rows each of these tenants has, by id. */
  rows?(tenants: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/**
 * Gives every tenant that has none a place in the ledger and a ring. Whoever was given one keeps it. Safe
 * to be run again, by several at once.
 *
 * @param db the owner role.
 * @returns how many were given one now.
 */
export async function assignRings(
  db: Queryable,
  migration: string,
  rings: readonly SelectableRing[],
  facts: TenantFacts = {},
): Promise<number> {
  const { rows: tenants } = await db.query<{ id: string; slug: string }>(
    `SELECT d.id, d.slug FROM ringfence.tenants AS d
     LEFT JOIN ringfence.migration_tenants AS t ON t.migration = $1 AND t.tenant = d.id
     WHERE t.tenant IS NULL OR (t.ring IS NULL AND t.state <> 'switched')`,
    [migration],
  );
  if (tenants.length === 0) return 0;
  const needs = (kind: string): boolean => rings.some(({ selector }) => kind in selector);
  const plans = needs('plan') ? await facts.plans?.() : undefined;
  const counts = needs('rowsUpTo') ? await facts.rows?.(tenants.map(({ id }) => id)) : undefined;
  const assigned = tenants.map((tenant) => {
    const [plan, count] = [plans?.get(tenant.id), counts?.get(tenant.id)];
    const candidate = {
      ...tenant,
      ...(plan === undefined ? {} : { plan }),
      ...(count === undefined ? {} : { rows: count }),
    };
    return { id: tenant.id, ring: ringOf(migration, candidate, rings) };
  });
  const { rowCount } = await db.query(
    `INSERT INTO ringfence.migration_tenants AS t (migration, tenant, ring)
     SELECT $1, d.id, a.ring FROM unnest($2::uuid[], $3::integer[]) AS a (id, ring)
     -- Whoever was deleted meanwhile is passed over.
     JOIN ringfence.tenants AS d ON d.id = a.id
     ON CONFLICT (migration, tenant) DO UPDATE SET ring = excluded.ring
     WHERE t.ring IS NULL AND t.state <> 'switched'`,
    [migration, assigned.map(({ id }) => id), assigned.map(({ ring }) => ring)],
  );
  return rowCount ?? 0;
}
