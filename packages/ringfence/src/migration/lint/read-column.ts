import type { ColumnDef, Constraint, Node } from 'libpg-query';
import type { ColumnChange, ConstraintChange } from './change.js';
import { strings, tableRef } from './read-names.js';

const KINDS: Readonly<Record<string, ConstraintChange['kind']>> = {
  CONSTR_PRIMARY: 'primary',
  CONSTR_UNIQUE: 'unique',
  CONSTR_FOREIGN: 'foreign',
  CONSTR_CHECK: 'check',
  CONSTR_EXCLUSION: 'exclude',
  CONSTR_NOTNULL: 'not null',
};

/** A column and the constraints that stand with it; a NOT NULL is part of the column itself. */
export function readColumn(definition: ColumnDef): {
  column: ColumnChange;
  constraints: ConstraintChange[];
} {
  const { colname: name = '', typeName, constraints: nodes = [] } = definition;
  const found = nodes.flatMap((each) => ('Constraint' in each ? [each.Constraint] : []));
  const has = (type: string): Constraint | undefined =>
    found.find(({ contype }) => contype === type);
  const type = typeOf(strings(typeName?.names));
  const primary = has('CONSTR_PRIMARY') !== undefined;
  const value = has('CONSTR_DEFAULT')?.raw_expr;
  const computed = /^(?:big|small)?serial[248]?$/.test(type)
    ? 'serial'
    : has('CONSTR_IDENTITY')
      ? 'identity'
      : has('CONSTR_GENERATED')
        ? 'generated'
        : undefined;
  return {
    column: {
      name,
      type,
      notNull: primary || has('CONSTR_NOTNULL') !== undefined || computed === 'serial',
      ...(value ? { default: value } : {}),
      ...(computed ? { computed } : {}),
    },
    constraints: found
      .filter(({ contype = '' }) => contype in KINDS && contype !== 'CONSTR_NOTNULL')
      .map((each) => ({ ...readConstraint(each), columns: [name] })),
  };
}

/** A constraint of its own. */
export function readConstraint(node: Constraint): ConstraintChange {
  const { contype = '', conname, keys, fk_attrs, pk_attrs, pktable, indexname } = node;
  const sets = node.fk_del_action === 'n' || node.fk_del_action === 'd';
  return {
    kind: KINDS[contype] ?? 'check',
    ...(conname ? { name: conname } : {}),
    columns: strings(contype === 'CONSTR_FOREIGN' ? fk_attrs : keys),
    ...(pktable ? { parent: tableRef(pktable), parentColumns: strings(pk_attrs) } : {}),
    ...(contype === 'CONSTR_FOREIGN'
      ? { onDelete: { sets, columns: strings(node.fk_del_set_cols) } }
      : {}),
    unchecked: node.skip_validation ?? false,
    ...(indexname ? { index: indexname } : {}),
    ...(node.raw_expr ? { expression: node.raw_expr } : {}),
  };
}

/** `pg_catalog` is left out: `int4`, `public.user_role`. */
export function typeOf(parts: readonly string[]): string {
  return parts.filter((part) => part !== 'pg_catalog').join('.');
}

/** Every function that an expression calls: `ringfence.current_tenant_id`, `now`. */
export function calledFunctions(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(calledFunctions);
  const own =
    'FuncCall' in node
      ? [typeOf(strings((node as { FuncCall: { funcname?: Node[] } }).FuncCall.funcname))]
      : [];
  return [...own, ...Object.values(node).flatMap(calledFunctions)];
}

/** The columns that an expression names. */
export function namedColumns(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(namedColumns);
  if ('ColumnRef' in node) {
    const { fields } = (node as { ColumnRef: { fields?: Node[] } }).ColumnRef;
    return strings(fields).slice(-1);
  }
  return Object.values(node).flatMap(namedColumns);
}
