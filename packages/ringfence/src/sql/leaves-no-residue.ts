import { type SqlToken, sqlTokens } from './sql-tokens.js';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const ROW_STATEMENTS = words('select insert update delete with values');

/** What ends with the transaction, and computes nothing. */
const TRANSACTIONAL =
  /^\s*(savepoint|release|rollback|commit|show|set\s+(local|constraints|transaction))\b[^(]*$/i;

/** Words before a parenthesis that are no call: syntax, and types with a length. */
const SYNTAX = words(`all and any array as asc between by case cast char conflict cross cube decimal
  default delete desc distinct do else end except exists extract false fetch filter first following for
  from full group grouping having ilike in inner intersect interval into is isnull join key lateral left
  like limit local materialized natural not nothing notnull null nulls numeric of offset on only or order
  ordinality outer over partition preceding range returning right rollup row rows select set sets share
  similar skip locked some symmetric then ties time timestamp timestamptz timetz to true unbounded union
  unique unknown update using values varchar varying when where window with within without`);

/** Functions of pg_catalog that compute and do nothing else. */
const PURE =
  words(`abs array_agg array_append array_length array_position array_remove array_to_json avg
  bool_and bool_or btrim cardinality ceil ceiling char_length coalesce concat concat_ws count date_part
  date_trunc dense_rank every first_value floor gen_random_uuid greatest json_agg json_array_elements
  json_build_array json_build_object json_object_agg jsonb_agg jsonb_array_elements jsonb_array_length
  jsonb_build_array jsonb_build_object jsonb_object_agg jsonb_path_exists jsonb_set jsonb_typeof lag
  last_value lead least length lower ltrim max md5 min mod now ntile nullif octet_length overlay
  plainto_tsquery position power random rank regexp_replace repeat replace round row_number row_to_json
  rtrim sign sqrt starts_with string_agg string_to_array strpos substr substring sum to_char to_json
  to_jsonb to_tsquery to_tsvector trim trunc ts_rank unnest upper websearch_to_tsquery`);

/** Functions of the machinery that leave nothing on the connection. */
const MACHINERY =
  words(`current_tenant_id count_requests own_quotas activate_domain deactivate_domain own_domains
  linked_accounts claim_link join_accounts leave_person count_access raise_alert read_alerts alerts_after
  acknowledge_alert take_alerts settle_alert`);

/** Is this a statement about the transaction itself, such as COMMIT or SAVEPOINT? */
export function isTransactional(text: string): boolean {
  return TRANSACTIONAL.test(text);
}

/**
 * Can this statement leave nothing behind on its connection but rows? Told from its text alone, and
 * answered `false` in every case of doubt: settings, prepared statements, cursors, locks and LISTEN all
 * need a statement of their own or the call of a function, and only calls of known pure functions pass.
 * Operators, casts, views and triggers are the owner's and cannot be made by the application.
 *
 * @example
 * leavesNoResidue('SELECT "id", count(*) FROM "notes" GROUP BY "id"'); // true
 * leavesNoResidue("SELECT set_config('search_path', 'x', false)"); // false
 */
export function leavesNoResidue(text: string): boolean {
  if (isTransactional(text)) return true;
  const tokens = sqlTokens(text);
  const [first] = tokens ?? [];
  if (!tokens || first?.kind !== 'word' || !ROW_STATEMENTS.has(first.text)) return false;
  return tokens.every((token, at) => {
    if (token.kind === 'open') return isHarmlessOpening(tokens, at);
    // SELECT … INTO makes a table.
    return token.kind !== 'word' || token.text !== 'into' || tokens[at - 1]?.text === 'insert';
  });
}

function isHarmlessOpening(tokens: readonly SqlToken[], at: number): boolean {
  const before = tokens[at - 1];
  if (before === undefined || before.kind === 'open' || before.kind === 'other') return true;
  // `INSERT INTO schema.table (columns)`: a name that is no call.
  let start = at - 1;
  while (tokens[start - 1]?.text === '.') start -= 2;
  if (tokens[start - 1]?.text === 'into') return true;
  if (before.kind === 'quoted') return false;
  const qualified = start !== at - 1;
  if (!qualified) return SYNTAX.has(before.text) || PURE.has(before.text);
  if (start !== at - 3) return false;
  const schema = tokens[start]?.text;
  // Nobody but the owner can make functions in either schema.
  if (schema === 'ringfence') return MACHINERY.has(before.text);
  return schema === 'pg_catalog' && PURE.has(before.text);
}
