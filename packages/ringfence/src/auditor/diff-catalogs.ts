import type { Catalog } from './catalog.js';
import { catalogFacts, type Fact } from './catalog-facts.js';

/** `DANGEROUS`: it can open rows. `REVIEW`: it depends. `SAFE`: it cannot open anything. */
export type ChangeClass = 'SAFE' | 'REVIEW' | 'DANGEROUS';

/** One difference between two catalogs. */
export interface CatalogChange {
  readonly class: ChangeClass;
  readonly kind: string;
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

const ORDER: readonly ChangeClass[] = ['DANGEROUS', 'REVIEW', 'SAFE'];

/** Everything that differs from `before` to `after`, the dangerous first. */
export function diffCatalogs(before: Catalog, after: Catalog): CatalogChange[] {
  const old = byName(before);
  const now = byName(after);
  const changes: CatalogChange[] = [];
  for (const [key, fact] of old) {
    const next = now.get(key);
    if (next?.value === fact.value) continue;
    changes.push(change(fact, fact.value, next?.value));
  }
  for (const [key, fact] of now)
    if (!old.has(key)) changes.push(change(fact, undefined, fact.value));
  return changes.sort(
    (one, other) =>
      ORDER.indexOf(one.class) - ORDER.indexOf(other.class) || (one.name < other.name ? -1 : 1),
  );
}

function byName(catalog: Catalog): Map<string, Fact> {
  return new Map([...catalogFacts(catalog)].map((fact) => [`${fact.kind}\0${fact.name}`, fact]));
}

function change(
  { kind, name }: Fact,
  before: string | undefined,
  after: string | undefined,
): CatalogChange {
  return {
    class: classify(kind, before, after),
    kind,
    name,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function classify(
  kind: string,
  before: string | undefined,
  after: string | undefined,
): ChangeClass {
  const added = before === undefined;
  const removed = after === undefined;
  switch (kind) {
    case 'row-level security':
      if (added) return after === 'on, forced' ? 'SAFE' : 'DANGEROUS';
      return removed || after === 'on, forced' ? 'SAFE' : 'DANGEROUS';
    case 'restrictive policy':
      return added ? 'SAFE' : 'DANGEROUS';
    case 'permissive policy':
      // Permissive policies are OR-ed: one less cannot open anything.
      return removed ? 'SAFE' : 'DANGEROUS';
    case 'grant':
    case 'membership':
      return removed ? 'SAFE' : 'DANGEROUS';
    case 'role':
      return /superuser|bypassrls|createrole|replication/.test(after ?? '') && before !== after
        ? 'DANGEROUS'
        : removed
          ? 'SAFE'
          : 'REVIEW';
    case 'foreign key':
      return added ? 'REVIEW' : 'DANGEROUS';
    case 'definer function':
    case 'event trigger':
      return (kind === 'event trigger') === added
        ? 'SAFE'
        : removed && kind !== 'event trigger'
          ? 'SAFE'
          : 'DANGEROUS';
    case 'view':
    case 'rule':
    case 'publication':
    case 'server':
    case 'owner':
      return removed ? 'SAFE' : 'DANGEROUS';
    case 'index':
      return 'SAFE';
    case 'relation':
      return removed ? 'SAFE' : 'REVIEW';
    default:
      return 'REVIEW';
  }
}
