import type { Relation, Routine } from './catalog.js';
import { withoutTexts } from './harmless.js';
import { escaped } from './objects.js';
import type { Survey } from './survey.js';
import { settingsIn } from './tenancy.js';
import { leakFor } from './tenant-data.js';

/** Is a reloption such as security_invoker set? */
export function isOn(relation: Relation, option: string): boolean {
  return relation.options.some((each) => {
    const [name, value] = each.split('=');
    return name === option && /^(true|on|1|yes)$/i.test(value ?? '');
  });
}

export interface DefinerLeak {
  readonly table: Relation;
  /** The view whose owner's rights are used. */
  readonly through: Relation;
  readonly why: string;
}

/** The tables that a view shows with the rights of an owner who sees all tenants. */
export function definerLeaks(survey: Survey, view: Relation): DefinerLeak[] {
  const leaks: DefinerLeak[] = [];
  const seen = new Set<string>();
  const visit = (current: Relation, effective: Relation | null): void => {
    if (seen.has(current.oid)) return;
    seen.add(current.oid);
    for (const read of current.reads.flatMap((oid) => survey.relation(oid) ?? [])) {
      // A view that runs as its invoker inside one that does not still runs as the caller.
      if (read.kind === 'v') visit(read, isOn(read, 'security_invoker') ? null : read);
      if (effective === null || !['r', 'p', 'f'].includes(read.kind)) continue;
      const why = leakFor(survey, read, effective.owner);
      if (why !== null) leaks.push({ table: read, through: effective, why });
    }
  };
  visit(view, isOn(view, 'security_invoker') ? null : view);
  return leaks;
}

/** Is there a condition on the tenant context in it? */
export function filtersByContext(survey: Survey, text: string): boolean {
  if (survey.tenancy.setting !== null && settingsIn(text).includes(survey.tenancy.setting))
    return true;
  return contextCall(survey)?.test(text) ?? false;
}

const calls = new WeakMap<Survey, RegExp | null>();

/** A call of any function that reads the tenant context; null where there is none. */
function contextCall(survey: Survey): RegExp | null {
  const known = calls.get(survey);
  if (known !== undefined) return known;
  const names = contextFunctions(survey).map(
    ({ schema, name }) => `(${escaped(schema)}\\.)?${escaped(name)}`,
  );
  const call = names.length === 0 ? null : new RegExp(`\\b(?:${names.join('|')})\\s*\\(`);
  calls.set(survey, call);
  return call;
}

/** Functions that read the tenant context. */
function contextFunctions(survey: Survey): Routine[] {
  return survey.catalog.functions.filter(
    ({ body, extension }) =>
      !extension &&
      survey.tenancy.setting !== null &&
      settingsIn(body).includes(survey.tenancy.setting),
  );
}

/** SECURITY DEFINER functions that are not part of an extension. */
export function definers(survey: Survey): Routine[] {
  return survey.catalog.functions.filter(({ definer, extension }) => definer && !extension);
}

/** Can application roles make it run, by calling it or by writing a table with its trigger? */
export function reachable(survey: Survey, routine: Routine): boolean {
  if (routine.returns === 'event_trigger') return false;
  if (routine.returns !== 'trigger') return survey.callers(routine).length > 0;
  return survey.catalog.triggers.some(({ function: oid, relation }) => {
    const table = survey.relation(relation);
    return oid === routine.oid && table !== undefined && survey.reachers(table).length > 0;
  });
}

export function searchPath(routine: Routine): string | undefined {
  return routine.config
    .find((each) => each.startsWith('search_path='))
    ?.slice('search_path='.length);
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_][\w$]*)`;
// What stands after FROM with a bracket behind it is a function; after INTO it is a table with columns.
const TABLES = new RegExp(
  String.raw`\b(?:(?:from|join|using)\s+(?:only\s+)?(${NAME}(?:\s*\.\s*${NAME})?)(?![\w$"]|\s*[.(])|(?:update|into)\s+(?:only\s+)?(${NAME}(?:\s*\.\s*${NAME})?))`,
  'gi',
);
const NO_TABLE =
  /^(select|lateral|unnest|values|set|strict|only|found|old|new|jsonb?_\w+|generate_series)$/i;

/** The tables that a body names, as written. */
function namedTables({ body }: Routine): string[] {
  const text = withoutTexts(body);
  const common = new Set(
    [
      ...text.matchAll(
        /\b(?:with|,)\s+(?:recursive\s+)?(\w+)\s+as\s+(?:not\s+)?(?:materialized\s+)?\(/gi,
      ),
    ].map(([, name]) => name ?? ''),
  );
  const variables = new Set(
    [
      ...(/\bdeclare\b([\s\S]*?)\bbegin\b/i.exec(text)?.[1] ?? '').matchAll(/(?:^|;)\s*(\w+)\s/g),
    ].map(([, name]) => name ?? ''),
  );
  return [...text.matchAll(TABLES)]
    .map(([, read, written]) => (read ?? written ?? '').replaceAll(/\s/g, ''))
    .filter((name) => !NO_TABLE.test(name) && !common.has(name) && !variables.has(name));
}

export function readsTables(routine: Routine): boolean {
  return namedTables(routine).length > 0 || /\bexecute\b/i.test(routine.body);
}

export function unqualifiedTables(routine: Routine): string[] {
  return namedTables(routine).filter((name) => !/\./.test(name));
}

/** The tables and views that a body may mean by the names in it. */
export function* bodyTables(survey: Survey, routine: Routine): Generator<Relation> {
  const path = searchPath(routine) ?? '';
  for (const name of namedTables(routine)) {
    const [last = '', schema] = name
      .split('.')
      .reverse()
      .map((part) => part.replaceAll('"', ''));
    for (const relation of survey.named(last)) {
      if (relation.kind === 'S') continue;
      if (schema !== undefined && relation.schema !== schema) continue;
      const near =
        relation.schema === routine.schema ||
        relation.schema === 'public' ||
        path.includes(relation.schema);
      if (schema !== undefined || near) yield relation;
    }
  }
}

/** The first table of tenants that a body reaches with its owner's rights. */
export function bodyLeak(
  survey: Survey,
  routine: Routine,
): { table: Relation; why: string } | undefined {
  for (const relation of bodyTables(survey, routine)) {
    const tables =
      relation.kind === 'v' ? definerLeaks(survey, relation).map(({ table }) => table) : [relation];
    for (const table of tables) {
      const why = leakFor(survey, table, routine.owner);
      if (why !== null) return { table, why };
    }
  }
  return undefined;
}

/** Does a body tie what it touches to the tenant of the context, or of the row that fired it? */
export function checksTenant(survey: Survey, routine: Routine, table: Relation): boolean {
  const { body } = routine;
  const column = survey.tenancy.column ?? 'tenant_id';
  // A column of any name that must equal the tenant of the context: `owner = current_tenant_id()`.
  const equals = contextFunctions(survey).some(({ schema, name }) =>
    new RegExp(
      `\\w\\s*=\\s*(?:\\(\\s*select\\s+)?(?:${schema}\\.)?${name.replaceAll(/\W/g, '\\$&')}\\s*\\(`,
      'i',
    ).test(withoutTexts(body)),
  );
  if (equals || comparesHeldTenant(survey, withoutTexts(body))) return true;
  const own = new RegExp(`\\b(new|old)\\.("?)${column}\\2\\b`, 'i');
  if (routine.returns === 'trigger' && own.test(body)) return true;
  if (!filtersByContext(survey, body)) return false;
  if (new RegExp(`\\b"?${column}"?\\b`, 'i').test(body)) return true;
  return survey.isRegistry(table) && tiesRegistry(survey, body);
}

/** In a registry the id is the tenant: is it compared with the context, or a variable that holds it? */
function tiesRegistry(survey: Survey, body: string): boolean {
  const call = contextCall(survey)?.source;
  const context = `\\bcurrent_setting\\s*\\(${call === undefined ? '' : `|${call}`}`;
  const held = [...body.matchAll(new RegExp(`\\b(\\w+)\\s+\\w+\\s*:=[^;]*(?:${context})`, 'gi'))];
  const values = [context, ...held.map(([, name = '']) => `\\b${escaped(name)}\\b`)];
  const id = new RegExp(
    `\\bid\\s*(=|<>|is\\s+(not\\s+)?distinct\\s+from)\\s*\\(?(${values.join('|')})`,
    'i',
  );
  return id.test(body);
}

/** `bound uuid := current_tenant_id()`, and then something is compared with `bound`. */
function comparesHeldTenant(survey: Survey, text: string): boolean {
  return contextFunctions(survey).some(({ schema, name }) => {
    const call = `(?:${escaped(schema)}\\.)?${escaped(name)}\\s*\\(`;
    const held = new RegExp(`(\\w+)\\s+uuid\\s*:=\\s*${call}`, 'i').exec(text)?.[1];
    return held !== undefined && new RegExp(`\\w\\s*(?:=|<>)\\s*${held}\\b`, 'i').test(text);
  });
}

/** A lookup before any tenant is known: one row, by something that only its holder knows or by name. */
export function isNarrowLookup(survey: Survey, { body, volatility, returnsSet }: Routine): boolean {
  const text = withoutTexts(body);
  const key = /\b\w*(hash|digest|token|slug|host|domain|subdomain)\w*\s*=\s*(\$?\w+|lower\s*\()/i;
  const lists = /\b(insert|update|delete|execute)\b/i.test(text);
  const one =
    !returnsSet || /\blimit\s+1\b/i.test(text) || /(hash|digest|token)\w*\s*=/i.test(text);
  const byTenant = new RegExp(`\\b${survey.tenancy.column ?? 'tenant_id'}\\s*=`, 'i');
  return volatility !== 'v' && key.test(text) && one && !lists && !byTenant.test(text);
}

/** Is a part of this SQL text put in without %I, %L or USING? */
export function buildsUnsafely(sql: string): boolean {
  const quoted = sql.replaceAll(
    /\b(quote_ident|quote_literal|quote_nullable)\s*\([^()]*\)/gi,
    "''",
  );
  const joined =
    /\|\|/.test(quoted) &&
    quoted
      .split('||')
      .some(
        (part) =>
          !/^\s*'(?:[^']|'')*'\s*$/.test(part) &&
          !/^\s*'/.test(part.trim()) &&
          !/'\s*$/.test(part.trim()),
      );
  return (
    joined ||
    /format\s*\(\s*'(?:[^']|'')*%(?:\d+\$)?s/i.test(sql) ||
    /^\s*\(?\s*[a-z_]\w*\s*\)?\s*$/i.test(sql)
  );
}

/** The tenant setting that a function sets to something that is no constant; null when none. */
export function setsContext(survey: Survey, { body }: Routine): string | null {
  const calls = /set_config\(\s*'((?:[^']|'')+)'\s*,\s*([^,]+),/gi;
  for (const [, name = '', value = ''] of body.matchAll(calls)) {
    const tenant = name.toLowerCase() === survey.tenancy.setting || /tenant|\borg/.test(name);
    if (tenant && !/^\s*'(?:[^']|'')*'(::\w+)?\s*$/.test(value) && !/^\s*null\b/i.test(value))
      return name;
  }
  // A name that is put together, or comes from the caller, may be the tenant's.
  const computed = /set_config\(\s*(?!'(?:[^']|'')*'(?:::\w+)?\s*,)([^,]+),/i.exec(body)?.[1];
  if (computed !== undefined) return computed.trim();
  const dynamic = /execute\s+[^;]*\bset\s+(?:local\s+|session\s+)?([\w.]+)/i.exec(body);
  return dynamic?.[1] !== undefined && dynamic[1].toLowerCase() === survey.tenancy.setting
    ? dynamic[1]
    : null;
}

const ASSIGNED =
  /\w*(secret|hmac|passw(?:or)?d|passphrase|api_?key|signing_?key|private_?key|token)\w*\s*(?::=|=|:|\bconstant\s+text\s*:=)\s*'?([\w+/=.-]{8,})/i;
const USED =
  /\b(hmac|sha256|sha512|digest|crypt|encrypt|decrypt|pgp_sym_\w+)\s*\([^;]*'([\w+/=-]{16,})'/i;

/** What looks like a secret in a source text, described without showing it. */
export function secretIn(body: string): string | null {
  const assigned = [...body.matchAll(new RegExp(ASSIGNED, 'gi'))].find(
    ([whole, , value]) => /'/.test(whole) || insideText(body, whole, value ?? ''),
  );
  // A word is no secret: a key has digits, and some length.
  if (assigned && /^(?=.*\d.*\d).{12,}$/.test(assigned[2] ?? ''))
    return `something called ${assigned[1]?.toLowerCase()} with a constant value`;
  const used = USED.exec(body);
  return used
    ? `a constant key of ${used[2]?.length} characters for ${used[1]?.toLowerCase()}`
    : null;
}

/** `'secret=abc…'`: the whole assignment stands inside one text. */
function insideText(body: string, whole: string, value: string): boolean {
  return [...body.matchAll(/'((?:[^']|'')*)'/g)].some(
    ([, text]) => text?.includes(whole) && text.includes(value),
  );
}
