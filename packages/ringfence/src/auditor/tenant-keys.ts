import { quoteIdentifier, quoteQualified } from '../sql/index.js';
import type { Constraint, Relation } from './catalog.js';
import type { Survey } from './survey.js';

export interface TenantKey {
  readonly table: Relation;
  readonly target: Relation;
  readonly key: Constraint;
}

/** Foreign keys from a tenant table to a tenant table. */
export function* tenantForeignKeys(survey: Survey): Generator<TenantKey> {
  const tenants = new Map(survey.tenantTables.map((table) => [table.oid, table]));
  for (const key of survey.catalog.constraints) {
    if (key.kind !== 'f' || key.inherited || key.target === null) continue;
    const table = tenants.get(key.relation);
    const target = tenants.get(key.target);
    if (table && target) yield { table, target, key };
  }
}

/** How a foreign key carries the tenant: not at all, by the row's own column, or by another one. */
export function tenantSide(
  survey: Survey,
  table: Relation,
  target: Relation,
  key: Constraint,
): 'absent' | 'own' | 'other' {
  const at = key.targetColumns.indexOf(survey.tenantColumn(target)?.name ?? '');
  if (at < 0) return 'absent';
  return key.columns[at] === survey.tenantColumn(table)?.name ? 'own' : 'other';
}

/** Another foreign key over the same columns holds the tenant, so that this one cannot cross. */
export function coveredByComposite(
  survey: Survey,
  table: Relation,
  target: Relation,
  key: Constraint,
): boolean {
  return survey
    .constraints(table)
    .some(
      (other) =>
        other.kind === 'f' &&
        other.target === target.oid &&
        other !== key &&
        key.columns.every((name) => other.columns.includes(name)) &&
        tenantSide(survey, table, target, other) === 'own',
    );
}

/** A CHECK, or a generated column, ties the other column to the row's own tenant. */
export function tiedByCheck(
  survey: Survey,
  table: Relation,
  target: Relation,
  key: Constraint,
): boolean {
  const own = survey.tenantColumn(table);
  const at = key.targetColumns.indexOf(survey.tenantColumn(target)?.name ?? '');
  const used = survey.columns(table).find(({ name }) => name === key.columns[at]);
  if (!own || !used) return false;
  if (used.generated && used.default?.includes(own.name)) return true;
  return (
    survey
      .constraints(table)
      .some(
        ({ kind, definition }) =>
          kind === 'c' &&
          definition.includes(own.name) &&
          definition.includes(used.name) &&
          / = |NOT DISTINCT/.test(definition),
      ) && used.notNull
  );
}

/** Nobody guesses its values: a random id or a digest. A sequence is not guessed, but counted. */
export function isOpaque(survey: Survey, table: Relation, name: string): boolean {
  const column = survey.columns(table).find((each) => each.name === name);
  if (!column) return false;
  return (
    column.base === 'uuid' ||
    column.identity ||
    /^nextval\(/.test(column.default ?? '') ||
    /gen_random|uuid/.test(column.default ?? '') ||
    /(hash|digest|token|fingerprint|nonce|secret|uuid|ulid|cuid)/i.test(name)
  );
}

/** The same key with the tenant column in front. */
export function compositeFix(
  survey: Survey,
  table: Relation,
  target: Relation,
  key: Constraint,
): string | undefined {
  const own = survey.tenantColumn(table)?.name;
  const theirs = survey.tenantColumn(target)?.name;
  if (own === undefined || theirs === undefined) return undefined;
  const list = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ');
  const unique = survey
    .indexes(target)
    .some(
      ({ unique: isUnique, columns }) =>
        isUnique &&
        columns.length === key.targetColumns.length + 1 &&
        [theirs, ...key.targetColumns].every((name) => columns.includes(name)),
    );
  const parent = quoteQualified(target.schema, target.name);
  const action: Record<string, string> = {
    c: 'CASCADE',
    n: `SET NULL (${list(key.columns)})`,
    r: 'RESTRICT',
    d: 'NO ACTION',
    a: 'NO ACTION',
  };
  const definition = `FOREIGN KEY (${list([own, ...key.columns])}) REFERENCES ${parent} (${list([theirs, ...key.targetColumns])}) ON DELETE ${action[key.onDelete] ?? 'NO ACTION'}`;
  return [
    ...(unique
      ? []
      : [`ALTER TABLE ${parent} ADD UNIQUE (${list([theirs, ...key.targetColumns])});`]),
    replaceKey(table, key, definition),
  ].join('\n');
}

/** Drops a constraint and adds it again under its name. */
export function replaceKey(table: Relation, key: Constraint, definition: string): string {
  const name = quoteIdentifier(key.name);
  return `ALTER TABLE ${quoteQualified(table.schema, table.name)} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} ${definition};`;
}

/** A unique key with the tenant in front; none where other tables refer to it. */
export function uniqueFix(
  survey: Survey,
  table: Relation,
  name: string,
): { readonly fix?: string } {
  const key = survey.constraints(table).find((each) => each.name === name && each.kind === 'u');
  const tenant = survey.tenantColumn(table);
  if (!key || !tenant) return {};
  const referenced = survey.catalog.constraints.some(
    ({ kind, target, targetColumns }) =>
      kind === 'f' && target === table.oid && targetColumns.join() === key.columns.join(),
  );
  if (referenced) return {};
  const columns = [tenant.name, ...key.columns].map(quoteIdentifier).join(', ');
  return { fix: replaceKey(table, key, `UNIQUE (${columns})`) };
}
