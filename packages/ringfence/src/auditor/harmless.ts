import type { Catalog, Routine } from './catalog.js';

/** Built-in functions that only compute, and the key words that stand before a bracket. */
const COMPUTING = new Set(
  `current_setting nullif coalesce lower upper trim btrim ltrim rtrim split_part left right substr substring
  position strpos starts_with encode decode sha256 sha512 convert_to convert_from to_timestamp now cast
  greatest least length char_length octet_length md5 row concat concat_ws format replace regexp_replace
  string_to_array array_position array_append unnest count max min bool_or bool_and string_agg array_agg
  to_jsonb to_json jsonb_build_object jsonb_extract_path_text json_extract_path_text jsonb_array_elements_text
  jsonb_typeof date_trunc uuid text and or not in any all some exists select from where values on using when
  then else case end if elsif return is over filter array as with limit between like ilike similar join
  varchar varying bpchar precision numeric character bit time timestamp interval decimal char public statement_timestamp
  transaction_timestamp clock_timestamp abs mod round floor ceil get_byte trim_array cardinality
  array_length to_char`.split(/\s+/),
);

const FORBIDDEN =
  /\b(execute|perform|insert|update|delete|merge|set|reset|copy|call|do|notify|listen|lock|truncate|create|alter|drop|grant|revoke|commit|rollback|load|fetch|open|raise\s+debug)\b/i;
const CALL = /((?:"(?:[^"]|"")+"|[a-z_][\w$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[a-z_][\w$]*))?)\s*\(/gi;

/**
 * May an expression be evaluated without a side effect, whoever wrote it? The auditor may be a
 * superuser, and a policy's function would run with its rights: so only what demonstrably computes
 * is evaluated, and everything else is judged by its text.
 */
export class Harmlessness {
  readonly #byName = new Map<string, Routine[]>();
  readonly #known = new Map<string, boolean>();

  constructor(catalog: Pick<Catalog, 'functions'>) {
    for (const routine of catalog.functions) {
      for (const name of [routine.name, `${routine.schema}.${routine.name}`]) {
        this.#byName.set(name, [...(this.#byName.get(name) ?? []), routine]);
      }
    }
  }

  /** An expression, as the server deparsed it. */
  expression(text: string): boolean {
    return this.#calls(withoutTexts(text));
  }

  routine(routine: Routine): boolean {
    const known = this.#known.get(routine.oid);
    if (known !== undefined) return known;
    // A function that calls itself is not known to be harmless while it is looked at.
    this.#known.set(routine.oid, false);
    const body = withoutTexts(routine.body);
    const harmless =
      (routine.language === 'sql' || routine.language === 'plpgsql') &&
      !FORBIDDEN.test(body) &&
      this.#calls(body);
    this.#known.set(routine.oid, harmless);
    return harmless;
  }

  #calls(text: string): boolean {
    for (const [, called = ''] of text.matchAll(CALL)) {
      const name = called.replaceAll(/\s|"/g, '');
      const own = this.#byName.get(name) ?? [];
      if (own.length > 0 && !own.every((each) => this.routine(each))) return false;
      const plain = name.replace(/^pg_catalog\./, '').toLowerCase();
      if (own.length === 0 && !COMPUTING.has(plain)) return false;
    }
    return true;
  }
}

/** Without comments and string constants. */
export function withoutTexts(sql: string): string {
  return sql
    .replaceAll(/--[^\n]*/g, ' ')
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/'(?:[^']|'')*'/g, "''");
}
