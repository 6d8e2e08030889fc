import type { Node, RangeVar } from 'libpg-query';
import type { TableRef } from './change.js';

/** Without a schema it is taken for `public`, where the search path of a migration leads. */
export function tableRef(relation: RangeVar | undefined): TableRef {
  const { schemaname, relname = '' } = relation ?? {};
  return { schema: schemaname ?? 'public', name: relname, qualified: schemaname !== undefined };
}

/** A dotted name given as a list. */
export function tableFromParts(parts: readonly string[]): TableRef {
  const [name = '', schema] = [...parts].reverse();
  return { schema: schema ?? 'public', name, qualified: schema !== undefined };
}

/** The texts of a list of string nodes. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((each) => ('String' in each ? [each.String.sval ?? ''] : []));
}

/** As a person would write it. */
export function shown({ schema, name }: Pick<TableRef, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}

/** One entry of a DROP, COMMENT or GRANT: a list, a name, a function with arguments. */
export function names(node: Node): string[] {
  if ('List' in node) return strings(node.List.items);
  if ('String' in node) return [node.String.sval ?? ''];
  if ('TypeName' in node) return strings(node.TypeName.names);
  if ('ObjectWithArgs' in node) return strings(node.ObjectWithArgs.objname);
  return 'RangeVar' in node ? [shown(tableRef(node.RangeVar))] : [];
}
