import { quoteIdentifier, quoteLiteral } from '../sql/index.js';
import type { Command, Grant, Policy, Relation, Routine } from './catalog.js';
import { policySet } from './policy-set.js';
import type { Survey } from './survey.js';
import { normalized, settingsIn } from './tenancy.js';

const PAYLOAD = /^(json|jsonb|hstore|xml|bytea)$/;
/** Names of other tenant columns, that hardly ever mean anything else. */
const TENANT_LIKE = /^(tenant|org|organi[sz]ation|workspace|account|company)(id|uuid|key)$/;
const TENANT_NAMES =
  /audit|log|outbox|event|job|queue|idempot|webhook|session|token|message|notif|mail|history|backup|copy|invoice|order|payment|document|customer|user|member|comment|attachment|upload/i;

/** Why a table without a tenant column holds tenants' rows all the same; null when nothing says so. */
export function belongsBecause(survey: Survey, table: Relation): string | null {
  const key = survey.constraints(table).find(({ kind, target }) => {
    const parent = kind === 'f' && target !== null ? survey.relation(target) : undefined;
    return parent !== undefined && survey.hasTenants(parent);
  });
  if (key) return `its foreign key ${key.name} points at a tenant table`;
  const columns = survey.columns(table);
  const like = columns.find(({ name }) => TENANT_LIKE.test(normalized(name)));
  if (like) return `its column ${like.name} is named like a tenant's`;
  const payload = columns.find(({ base }) => PAYLOAD.test(base));
  if (payload) return `column ${payload.name} (${payload.type}) can hold anything`;
  return TENANT_NAMES.test(table.name) && columns.length > 1 ? 'its name says so' : null;
}

/** ENABLE, FORCE and the pair of policies, in the words that the database already uses. */
export function protect(survey: Survey, table: Relation): string | undefined {
  const column = survey.tenantColumn(table);
  const { setting } = survey.tenancy;
  if (!column) return undefined;
  const name = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
  const context =
    survey.proven || setting === null
      ? '(SELECT ringfence.current_tenant_id())'
      : `(SELECT nullif(current_setting(${quoteLiteral(setting)}, true), '')::${column.type})`;
  const rule = `${quoteIdentifier(column.name)} = ${context}`;
  const policy = (policyName: string, kind: string): string =>
    `CREATE POLICY ${policyName} ON ${name} AS ${kind} FOR ALL TO PUBLIC\n  USING (${rule})\n  WITH CHECK (${rule});`;
  return [
    `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`,
    `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`,
    policy('tenant_isolation', 'RESTRICTIVE'),
    policy('tenant_access', 'PERMISSIVE'),
  ].join('\n');
}

/** The tables under a view, through other views. */
export function baseTables(survey: Survey, relation: Relation): Relation[] {
  const seen = new Set([relation.oid]);
  for (const oid of seen) for (const read of survey.relation(oid)?.reads ?? []) seen.add(read);
  return [...seen]
    .flatMap((oid) => survey.relation(oid) ?? [])
    .filter(({ kind }) => kind === 'r' || kind === 'p' || kind === 'f');
}

/** Why `owner` sees every tenant's rows of a table; null when it does not. */
export function leakFor(survey: Survey, table: Relation, owner: string): string | null {
  if (survey.isGlobal(table)) return null;
  // A payload or a name alone says too little: keys and settings are kept in such tables too.
  const tenants =
    survey.tenantColumn(table) !== undefined ||
    table.rls ||
    survey.isRegistry(table) ||
    belongsBecause(survey, table)?.startsWith('its foreign key');
  if (tenants !== true) return null;
  if (survey.rights.role(owner)?.superuser) return 'a superuser';
  if (survey.rights.bypasses(owner)) return 'which has BYPASSRLS';
  if (!table.rls) return 'without row-level security';
  if (survey.exempt(table, owner)) return 'its owner, and not forced';
  const commands: Command[] = ['SELECT', 'UPDATE', 'DELETE'];
  const open = commands.some((command) =>
    survey
      .judge({ table, persona: owner, command, phase: 'using' })
      ?.holes.some(({ context, row }) => context === 'other' && row !== 'orphan'),
  );
  return open ? 'to which a policy opens it' : null;
}

/** Does anything in these policies depend on who asks? */
export function asksWho(survey: Survey, policies: readonly Policy[], persona: string): boolean {
  return policies.some(({ using, relations, functions }) => {
    if (settingsIn(using ?? '').length > 0 || functions.length > 0) return true;
    if (/\b(CURRENT_USER|SESSION_USER|CURRENT_ROLE)\b/.test(using ?? '')) return true;
    // A table that filters by itself asks on its behalf.
    return relations.some((oid) => {
      const table = survey.relation(oid);
      if (!table || survey.exempt(table, persona)) return false;
      const set = policySet(survey.policies(table), survey.rights, persona, 'SELECT', 'using');
      return asksWho(survey, [...set.permissive, ...set.restrictive], persona);
    });
  });
}

/** Personas that may write rows into `table` as they like, because no policy ties them to a tenant. */
export function loosely(survey: Survey, table: Relation): string[] {
  return (['INSERT', 'UPDATE'] as const).flatMap((command) =>
    survey.holders(table, command).filter((persona) => {
      if (survey.exempt(table, persona)) return true;
      const judgement = survey.judge({ table, persona, command, phase: 'check' });
      return judgement?.state === 'open' || !survey.tenantColumn(table);
    }),
  );
}

export function readsContext({ body }: Routine): boolean {
  return settingsIn(body).length > 0 || /current_setting/i.test(body);
}

/** The settings that a policy reads, directly or through its functions. */
export function contextSettings(survey: Survey, { using, check, functions }: Policy): string[] {
  const bodies = functions.flatMap((oid) => survey.routine(oid)?.body ?? []);
  return [using ?? '', check ?? '', ...bodies].flatMap(settingsIn);
}

/** Event triggers that put row-level security on what CREATE TABLE makes. */
export function driftGuards(survey: Survey): string[] {
  return survey.catalog.eventTriggers
    .filter(({ event, enabled, tags, function: oid }) => {
      const body = survey.routine(oid)?.body ?? '';
      const covers = tags.length === 0 || tags.includes('CREATE TABLE');
      return (
        enabled && event === 'ddl_command_end' && covers && /row\s+level\s+security/i.test(body)
      );
    })
    .map(({ name }) => name);
}

/** Whom a REVOKE has to name. */
export function grantees(
  object: { readonly owner: string; readonly acl: readonly Grant[] },
  privilege?: string,
): string {
  const named = object.acl
    .filter(
      (grant) =>
        grant.grantee !== object.owner &&
        (privilege === undefined || grant.privilege === privilege),
    )
    .map(({ grantee }) => (grantee === '' ? 'PUBLIC' : quoteIdentifier(grantee)));
  return named.length > 0 ? [...new Set(named)].join(', ') : 'PUBLIC';
}

export function revoke(table: Relation, privilege: string): string {
  const name = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
  return `REVOKE ${privilege} ON ${name} FROM ${grantees(table, privilege)};`;
}
