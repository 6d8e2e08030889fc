import { createHash } from 'node:crypto';
import { parseTenantId, type TenantId } from 'ringfence/context';

/** How much data, and spread over how many tenants. */
export interface DatasetSize {
  readonly rows: number;
  readonly tenants: number;
}

/** One tenant's share: documents `first` to `first + documents - 1`. */
export interface TenantShare {
  readonly id: TenantId;
  readonly number: number;
  readonly first: number;
  readonly documents: number;
}

/** What one operation works on. Every candidate gets the same ones in the same order. */
export interface Sample {
  readonly tenantId: TenantId;
  readonly documentId: string;
  readonly projectId: string;
}

export const DOCUMENTS_PER_PROJECT = 50;

/** What inserted documents are called, to find them again. */
export const INSERTED_TITLE = 'Written by the benchmark';

/**
 * Skewed as customers are: the n-th largest tenant has 1/n of the largest one's rows. All ids follow
 * from numbers, so that no candidate has to look one up.
 */
export function tenantShares({ rows, tenants }: DatasetSize): TenantShare[] {
  let harmonic = 0;
  for (let number = 1; number <= tenants; number += 1) harmonic += 1 / number;
  let first = 1;
  return Array.from({ length: tenants }, (_, at) => {
    const number = at + 1;
    const documents = Math.max(1, Math.round(rows / harmonic / number));
    const share = { id: parseTenantId(numberedId(`t${number}`)), number, first, documents };
    first += documents;
    return share;
  });
}

/** Samples of all tenants, a tenant as often as it has rows; the same for the same size. */
export function drawSamples(shares: readonly TenantShare[], count: number): Sample[] {
  const random = seededRandom(20_261_123);
  const last = shares.at(-1);
  const total = last ? last.first + last.documents - 1 : 0;
  return Array.from({ length: count }, () => {
    const document = 1 + Math.floor(random() * total);
    const share = shares.findLast(({ first }) => first <= document) as TenantShare;
    return sampleOf(share, document);
  });
}

/** The sample of one document of a tenant. */
export function sampleOf(share: TenantShare, document: number): Sample {
  const project = Math.floor((document - share.first) / DOCUMENTS_PER_PROJECT);
  return {
    tenantId: share.id,
    documentId: numberedId(`d${document}`),
    projectId: numberedId(`p${share.number}-${project}`),
  };
}

/** As SQL writes it: `md5(text)::uuid`. */
function numberedId(text: string): string {
  const hex = createHash('md5').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Mulberry32: small, and good enough to pick rows. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
