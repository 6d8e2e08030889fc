import type { Finding, FoundObject } from '../finding.js';
import { printable } from './printable.js';

/** `table public.notes`, `constraint notes_pkey of public.notes`, `role app`. */
export function describeObject({ kind, schema, name, table, ...rest }: FoundObject): string {
  const qualified = [schema, table ?? name].filter((part) => part !== '').join('.');
  const args = rest.arguments === undefined ? '' : `(${rest.arguments})`;
  const of = table === undefined ? `${qualified}${args}` : `${name} of ${qualified}`;
  const more = rest.role ?? rest.detail;
  const role = more === undefined ? '' : ` (${more})`;
  return printable(`${kind} ${kind === 'schema' ? name : of}${role}`.trim());
}

/** Where the page of a check stands, from the root of this repository. */
export function pageOf({ check }: Pick<Finding, 'check'>): string {
  return `docs/checks/${check}.md`;
}
