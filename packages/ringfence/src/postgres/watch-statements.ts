import type { QueryConfig, QueryResult } from 'pg';
import type { TenantId } from '../context/index.js';
import { fromPostgres } from '../errors/index.js';
import type { StatementObserver, StatementOperation, StatementRecord } from '../telemetry/index.js';

/** Who is told of the statements of a pool. */
export interface StatementWatch {
  readonly observers: readonly StatementObserver[];
  /**
   * The tables that records may name. A name is read off the text of the statement, where anything may
   * stand: what is not in this list is not told.
   */
  readonly tables?: readonly string[];
}

const OPERATIONS: ReadonlySet<string> = new Set<StatementOperation>([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'with',
  'begin',
  'commit',
  'rollback',
]);
const FIRST_WORD = /^(?:\s|--[^\n]*\n|\/\*[^*]*\*\/)*([a-z]+)/i;
const FIRST_TABLE = /\b(?:from|into|update|using)\s+(?:only\s+)?(?:"?\w+"?\s*\.\s*)?"?(\w+)"?/i;
/** How much of a text is looked at: lists of values may be long. */
const LOOKED_AT = 4000;

interface Told {
  readonly operation: StatementOperation;
  readonly table?: string;
}

/** Tells the observers of a pool about its statements. */
export class WatchedStatements {
  readonly #observers: readonly StatementObserver[];
  readonly #tables: ReadonlySet<string>;
  readonly #known = new Map<string, Told>();

  constructor({ observers, tables = [] }: StatementWatch) {
    this.#observers = observers;
    this.#tables = new Set(tables);
  }

  /** Runs a statement and tells how it ended, in the context of whoever runs it. */
  async run(
    tenantId: TenantId,
    { text }: QueryConfig,
    run: () => Promise<QueryResult>,
  ): Promise<QueryResult> {
    const begun = performance.now();
    const tell = (more: Pick<StatementRecord, 'rows' | 'code'>): void => {
      const durationMs = performance.now() - begun;
      const startedAt = performance.timeOrigin + begun;
      this.#tell({ tenantId, ...this.#toldOf(text), startedAt, durationMs, ...more });
    };
    try {
      const result = await run();
      tell(result.rowCount === null ? {} : { rows: result.rowCount });
      return result;
    } catch (error) {
      tell({ code: fromPostgres(error).code });
      throw error;
    }
  }

  #tell(record: StatementRecord): void {
    for (const observer of this.#observers) {
      try {
        observer.observeStatement(record);
      } catch {
        // See StatementObserver: nobody's statement fails because it was watched.
      }
    }
  }

  #toldOf(text: string): Told {
    const known = this.#known.get(text);
    if (known) return known;
    const head = text.slice(0, LOOKED_AT);
    const word = FIRST_WORD.exec(head)?.[1]?.toLowerCase() ?? '';
    const operation = OPERATIONS.has(word) ? (word as StatementOperation) : 'other';
    const table = FIRST_TABLE.exec(head)?.[1] ?? '';
    const told = this.#tables.has(table) ? { operation, table } : { operation };
    if (this.#known.size >= 1000) this.#known.clear();
    if (text.length <= LOOKED_AT) this.#known.set(text, told);
    return told;
  }
}

const watches = new WeakMap<object, WatchedStatements>();

/** Sets what a pool's clients find by {@link watchOf}. */
export function watchStatements(pool: object, watch: StatementWatch): WatchedStatements {
  const watched = new WatchedStatements(watch);
  watches.set(pool, watched);
  return watched;
}

/** Who watches the statements of a pool, if anybody does. */
export function watchOf(pool: object): WatchedStatements | undefined {
  return watches.get(pool);
}
