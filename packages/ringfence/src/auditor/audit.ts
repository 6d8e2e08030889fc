import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import type { Queryable } from '../sql/index.js';
import { findAppRoles } from './app-roles.js';
import type { Catalog } from './catalog.js';
import type { NotRead } from './catalog-reader.js';
import { CHECKS } from './checks/index.js';
import { type Finding, findingKey, SEVERITIES, type Severity } from './finding.js';
import { probePolicies } from './probe-policies.js';
import { readCatalog } from './read-catalog.js';
import { Rights } from './rights.js';
import { Survey } from './survey.js';
import { detectTenancy, type Tenancy } from './tenancy.js';

/** What {@link audit} is asked for. */
export interface AuditOptions {
  readonly url: string;
  /** The roles that applications log in as; found when they are not given. */
  readonly appRoles?: readonly string[];
  readonly tenantColumn?: string;
  /** `schema.table` of the registry of tenants. */
  readonly tenantTable?: string;
  /** `schema.table` of tables that belong to no tenant; a comment `@tenancy:global` says so too. */
  readonly globalTables?: readonly string[];
}

/** The outcome of an audit; docs/audit.md describes it as JSON. */
export interface AuditReport {
  readonly findings: readonly Finding[];
  /** What could not be read or judged: no finding there means nothing. */
  readonly notRead: readonly NotRead[];
  readonly summary: AuditSummary;
}

export interface AuditSummary {
  readonly database: string;
  readonly serverVersion: number;
  readonly appRoles: readonly string[];
  readonly tenancy: Tenancy;
  readonly tables: number;
  readonly tenantTables: number;
  readonly checks: number;
  readonly counts: Readonly<Record<Severity, number>>;
}

/** Long enough for a large catalog on a slow server, short enough to disturb nobody. */
const STATEMENT_TIMEOUT = '20s';

/**
 * Reads the catalog of a database once, in one read-only transaction, and says every way in which a row
 * could cross from one tenant to another.
 *
 * Needs no superuser and changes nothing. What it could not read stands in `notRead`.
 *
 * @throws RingfenceError `DATABASE_UNAVAILABLE` when the database cannot be reached,
 *   `CONFIGURATION_INVALID` when a role that was given does not exist.
 * @example
 * const { findings } = await audit({ url: process.env.DATABASE_URL, appRoles: ['app'] });
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  return (await auditWithCatalog(options)).report;
}

/** As {@link audit}, with the catalog that it read. */
export async function auditWithCatalog(
  options: AuditOptions,
): Promise<{ report: AuditReport; catalog: Catalog }> {
  const client = new pg.Client({ connectionString: options.url, connectionTimeoutMillis: 10_000 });
  // A connection that dies between two queries fails the next one; it must not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL statement_timeout = '${STATEMENT_TIMEOUT}'`);
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw new RingfenceError('DATABASE_UNAVAILABLE', { cause, detail: (cause as Error).message });
  }
  try {
    return await auditInTransaction(client, options);
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
    await client.end();
  }
}

/** The audit itself, inside a transaction that the caller began. */
export async function auditInTransaction(
  client: Queryable,
  options: Omit<AuditOptions, 'url'>,
): Promise<{ report: AuditReport; catalog: Catalog }> {
  const { catalog, notRead } = await readCatalog(client);
  const rights = new Rights(catalog);
  const tenancy = detectTenancy(catalog, options);
  const appRoles = options.appRoles ?? findAppRoles(catalog, rights);
  const missing = appRoles.filter((name) => !rights.role(name));
  if (missing.length > 0 && catalog.roles.length > 0) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: `There is no role ${missing.join(', ')}.`,
    });
  }
  const survey = new Survey(
    catalog,
    tenancy,
    rights,
    appRoles,
    options.globalTables ?? [],
    new Set(notRead.map(({ what }) => what)),
  );
  const probed = await probePolicies(client, survey);
  survey.judgements = probed.judgements;
  const findings = findIn(survey);
  return {
    catalog,
    report: {
      findings,
      notRead: [...notRead, ...doubts(survey), ...probed.notRead],
      summary: summarize(survey, findings),
    },
  };
}

/** All checks over one survey, worst first. */
export function findIn(survey: Survey): Finding[] {
  const found = new Map<string, Finding>();
  for (const check of CHECKS) {
    for (const draft of check.run(survey)) {
      const finding = {
        key: findingKey(check.id, draft.object),
        check: check.id,
        title: check.title,
        severity: draft.severity ?? check.severity,
        object: draft.object,
        evidence: draft.evidence,
        consequence: draft.consequence ?? check.consequence,
        ...(draft.fix === undefined ? {} : { fix: draft.fix }),
      };
      if (!found.has(finding.key)) found.set(finding.key, finding);
    }
  }
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  return [...found.values()].sort(
    (one, other) => rank(one) - rank(other) || (one.key < other.key ? -1 : 1),
  );
}

function doubts(survey: Survey): NotRead[] {
  const doubts: NotRead[] = [];
  if (survey.appRoles.length === 0) {
    doubts.push({
      what: 'application roles',
      why: 'none was found, so one is assumed that may read and write every table: name them with --app-role',
    });
  }
  if (survey.tenancy.column === null) {
    doubts.push({ what: 'tenant column', why: 'none was found: name it with --tenant-column' });
  }
  return doubts;
}

function summarize(survey: Survey, findings: readonly Finding[]): AuditSummary {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    database: survey.catalog.database.name,
    serverVersion: survey.catalog.version,
    appRoles: survey.appRoles,
    tenancy: survey.tenancy,
    tables: survey.tables.length,
    tenantTables: survey.tenantTables.length,
    checks: CHECKS.length,
    counts: Object.fromEntries(SEVERITIES.map((each) => [each, count(each)])) as Record<
      Severity,
      number
    >,
  };
}
