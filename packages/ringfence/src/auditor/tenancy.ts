import type { Catalog, Column, Relation } from './catalog.js';

/** How a database says to whom a row belongs. */
export interface Tenancy {
  /** The tenant column as it is spelled most often; null when none was found. */
  readonly column: string | null;
  /** `schema.table` of the registries of tenants. */
  readonly tables: readonly string[];
  /** 0 to 1: how sure the detection is; 1 for what was given. */
  readonly confidence: number;
  /** The setting that carries the tenant, and every other one that policies read. */
  readonly setting: string | null;
}

/** Names in the order in which they are believed. */
const COLUMN_NAMES = [
  'tenantid',
  'tenant',
  'tenantuuid',
  'tenantkey',
  'orgid',
  'organizationid',
  'organisationid',
  'accountid',
  'workspaceid',
  'companyid',
  'teamid',
  'customerid',
  'clientid',
  'storeid',
  'shopid',
  'schoolid',
  'siteid',
  'merchantid',
  'groupid',
  'clinicid',
  'practiceid',
  'propertyid',
  'entityid',
]; // prettier-ignore

const STEM_ALIASES: Readonly<Record<string, readonly string[]>> = {
  org: ['organization', 'organisation', 'org'],
  organization: ['organization', 'org'],
  organisation: ['organisation', 'org'],
  tenant: ['tenant', 'organization', 'organisation', 'account', 'workspace', 'company'],
};

/** `tenantId`, `tenant_id` and `TENANT_ID` are one name. */
export function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

export interface TenancyOptions {
  readonly tenantColumn?: string | undefined;
  readonly tenantTable?: string | undefined;
}

/**
 * Finds the tenant column by its name, how many tables have it, and how many policies compare it; and
 * the registry of tenants by the foreign keys that point at it, or by its name.
 */
export function detectTenancy(catalog: Catalog, options: TenancyOptions = {}): Tenancy {
  const tables = new Map(
    catalog.relations.filter(isTable).map((relation) => [relation.oid, relation]),
  );
  const { column, confidence } = options.tenantColumn
    ? { column: options.tenantColumn, confidence: 1 }
    : likeliestColumn(catalog, tables);
  return {
    column,
    confidence,
    tables: options.tenantTable
      ? [options.tenantTable.includes('.') ? options.tenantTable : `public.${options.tenantTable}`]
      : registries(catalog, tables, column),
    setting: mostUsedSetting(catalog),
  };
}

function isTable({ kind, extension }: Relation): boolean {
  return (kind === 'r' || kind === 'p') && !extension;
}

function likeliestColumn(catalog: Catalog, tables: ReadonlyMap<string, Relation>) {
  const scores = new Map<string, { score: number; tables: number; spellings: Column[] }>();
  const policies = new Map<string, string>();
  for (const { relation, using, check } of catalog.policies) {
    policies.set(relation, `${policies.get(relation) ?? ''} ${using ?? ''} ${check ?? ''}`);
  }
  for (const column of catalog.columns) {
    const rank = COLUMN_NAMES.indexOf(normalized(column.name));
    if (rank < 0 || !tables.has(column.relation)) continue;
    const entry = scores.get(normalized(column.name)) ?? { score: 0, tables: 0, spellings: [] };
    entry.tables += 1;
    // A policy that compares it says more than a name.
    const compared = policies.get(column.relation)?.includes(column.name) ? 3 : 0;
    entry.score += 1 + compared + (rank < 4 ? 2 : 0);
    entry.spellings.push(column);
    scores.set(normalized(column.name), entry);
  }
  const [best, next] = [...scores.values()].sort((one, other) => other.score - one.score);
  const spelling = best?.spellings[0]?.name ?? null;
  if (!best || spelling === null) return { column: null, confidence: 0 };
  const share = best.score / (best.score + (next?.score ?? 0));
  return { column: spelling, confidence: Math.round(share * 100) / 100 };
}

function registries(
  catalog: Catalog,
  tables: ReadonlyMap<string, Relation>,
  column: string | null,
): string[] {
  if (column === null) return [];
  const wanted = normalized(column);
  const stem = wanted.replace(/(id|uuid|key)$/, '');
  const stems = STEM_ALIASES[stem] ?? [stem];
  const owned = new Set(
    catalog.columns.filter(({ name }) => normalized(name) === wanted).map((each) => each.relation),
  );
  const referenced = new Set(
    catalog.constraints
      .filter(
        ({ kind, columns }) =>
          kind === 'f' && columns.length === 1 && normalized(columns[0] ?? '') === wanted,
      )
      .map(({ target }) => target),
  );
  return [...tables.values()]
    .filter(({ oid, name }) => {
      if (referenced.has(oid)) return true;
      const plain = normalized(name);
      return (
        !owned.has(oid) &&
        stems.some((each) => [each, `${each}s`, each.replace(/y$/, 'ies')].includes(plain))
      );
    })
    .map(({ schema, name }) => `${schema}.${name}`);
}

const SETTING = /current_setting\(\s*'((?:[^']|'')+)'/g;

/** The settings that an expression or a function body reads. */
export function settingsIn(text: string): string[] {
  return [...text.matchAll(SETTING)].map((match) => (match[1] ?? '').toLowerCase());
}

/** Settings that policies read, directly or through their functions, most used first. */
function mostUsedSetting(catalog: Catalog): string | null {
  const bodies = new Map(catalog.functions.map(({ oid, body }) => [oid, body]));
  const users = new Map<string, Set<string>>();
  for (const { relation, using, check, functions } of catalog.policies) {
    const texts = [using ?? '', check ?? '', ...functions.map((oid) => bodies.get(oid) ?? '')];
    for (const setting of texts.flatMap(settingsIn)) {
      users.set(setting, (users.get(setting) ?? new Set()).add(relation));
    }
  }
  const score = ([name, relations]: [string, Set<string>]): number =>
    relations.size + (/tenant|org|account|workspace/.test(name) ? 0.5 : 0);
  return [...users].sort((one, other) => score(other) - score(one))[0]?.[0] ?? null;
}
