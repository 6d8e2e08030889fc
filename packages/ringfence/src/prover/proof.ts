import { createHash } from 'node:crypto';
import type { ProveOptions } from './prove-options.js';
import type { Stage } from './scene/prepare-stage.js';
import type { Finding } from './verdict.js';

/** What a run found, and on what it stands. */
export interface Proof {
  readonly format: 'ringfence-proof/1';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly subject: {
    readonly database: string;
    readonly server: string;
    readonly role: string;
    readonly binding: string;
    /** SHA-256 of what was read from the catalog: the same schema gives the same hash. */
    readonly schemaSha256: string;
  };
  readonly tenants: readonly string[];
  readonly summary: Summary;
  readonly findings: readonly Finding[];
}

/** How many cells of the matrix came out how. */
export interface Summary {
  readonly objects: number;
  readonly proven: number;
  readonly leaked: number;
  readonly accepted: number;
  readonly notProvable: number;
}

/** Puts the findings together with what they are about. */
export function summarise(
  stage: Stage,
  findings: readonly Finding[],
  startedAt: Date,
  options: Pick<ProveOptions, 'appUrl'>,
): Proof {
  return {
    format: 'ringfence-proof/1',
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    subject: subjectOf(stage, options),
    tenants: stage.parties.map(({ tenant }) => tenant),
    summary: countFindings(findings),
    findings,
  };
}

/** On what a run stands. */
export function subjectOf(
  { catalog, binder }: Stage,
  options: Pick<ProveOptions, 'appUrl'>,
): Proof['subject'] {
  const { appRole, otherRoles, relations, routines } = catalog;
  // Object ids differ from copy to copy.
  const schema = JSON.stringify({ appRole, otherRoles, relations, routines }, (key, value) =>
    key === 'id' || key === 'target' || key === 'uses' ? undefined : value,
  );
  return {
    database: decodeURIComponent(new URL(options.appUrl).pathname.slice(1)),
    server: catalog.versionText,
    role: appRole,
    binding: binder.description,
    schemaSha256: createHash('sha256').update(schema).digest('hex'),
  };
}

export function countFindings(findings: readonly Finding[]): Summary {
  const count = (fits: (finding: Finding) => boolean): number => findings.filter(fits).length;
  return {
    objects: new Set(findings.map(({ object }) => object)).size,
    proven: count(({ verdict }) => verdict === 'proven'),
    leaked: count(({ verdict, accepted }) => verdict === 'leaked' && accepted === undefined),
    accepted: count(({ accepted }) => accepted !== undefined),
    notProvable: count(({ verdict }) => verdict === 'not-provable'),
  };
}
