import pg from 'pg';
import { RingfenceError } from '../../errors/index.js';
import { quoteLiteral } from '../../sql/index.js';

/** One statement with its parameters, all of them in text form. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly (string | null)[];
}

/** An answer, every value in PostgreSQL's own text form. */
export interface Answer {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly rowCount: number;
}

/** What came of some statements in one transaction. */
export type Outcome =
  | { readonly ok: true; readonly answers: readonly Answer[] }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly at: number };

const asText = { getTypeParser: () => (value: unknown) => value };

/** A connection that answers in texts, comes back after it was lost, and never waits for long. */
export class Session {
  #client: pg.Client | undefined;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async run({ text, values }: Statement): Promise<Answer> {
    const client = await this.#connected();
    const result = await client.query({
      text,
      values: values ? [...values] : [],
      rowMode: 'array',
      types: asText,
    });
    return {
      fields: result.fields?.map(({ name }) => name) ?? [],
      rows: (result.rows ?? []) as unknown as (string | null)[][],
      rowCount: result.rowCount ?? 0,
    };
  }

  /** For rooms that take a `Queryable`. */
  async query<R extends object>(
    text: string,
    values: unknown[] = [],
  ): Promise<{ rows: R[]; rowCount: number | null }> {
    return (await this.#connected()).query<R & pg.QueryResultRow>(text, values);
  }

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client) return this.#client;
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'ringfence prove',
      statement_timeout: 15_000,
      lock_timeout: 2_000,
    });
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined;
    });
    try {
      await client.connect();
    } catch (cause) {
      throw new RingfenceError('DATABASE_UNAVAILABLE', {
        detail: `${(cause as Error).message || 'No connection.'}`,
        cause,
      });
    }
    this.#client = client;
    return client;
  }
}

/** How a statement reads with its parameters in place: for people, never to be run. */
export function shown({ text, values = [] }: Statement): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.replace(/\$(\d+)/g, (place, at) => {
    const value = values[Number(at) - 1];
    if (value === undefined) return place;
    return value === null ? 'NULL' : quoteLiteral(value.replaceAll('\0', ''));
  });
}
