import type { Connection, FieldDef, QueryResult, Submittable } from 'pg';
import pg from 'pg';
import { encodeFlight } from './encode-flight.js';
import type { FlightStatement, FlightStep, KnownStatement } from './flight-step.js';
import type { UnnamedSlot } from './unnamed-slot.js';

/** What came back, and how far it got. */
export interface FlightOutcome {
  readonly result: QueryResult | undefined;
  readonly error: Error | undefined;
  /** How many of the leading steps were carried out. */
  readonly steps: number;
  /** Row description of the statement, when it was asked for. */
  readonly fields: FieldDef[] | undefined;
  /** Did a leading step stand on what the unnamed statement held? */
  readonly reused: boolean;
  /** Is the connection at rest again? Without that it is good for nothing more. */
  readonly settled: boolean;
}

interface TypeParsers {
  getTypeParser(oid: number, format: string): unknown;
}

/** The wire of node-postgres, as far as a flight writes on it. */
interface Wire extends NodeJS.EventEmitter {
  readonly stream: { readonly writable: boolean; write(bytes: Buffer): void };
  sync(): void;
  sendCopyFail(message: string): void;
}

interface ParsingResult extends QueryResult {
  readonly rowAsArray: boolean;
  readonly _types: TypeParsers | undefined;
  _parsers: unknown[] | undefined;
  _prebuiltEmptyResultObject: object | null;
  parseRow(values: unknown): object;
  addRow(row: object): void;
  addFields(fields: FieldDef[]): void;
  addCommandComplete(message: object): void;
}

/**
 * Several statements in one network write, before one Sync: leading steps (BEGIN, the binding) and the
 * statement that they are for. Outside a transaction block the server runs them as one implicit
 * transaction, which ends with the flight whatever happens.
 *
 * It settles when the server says ReadyForQuery and not before: the implicit commit can still fail after
 * the last command was completed.
 *
 * @see PostgreSQL manual, 54.2.3 "Extended Query", 54.2.3.2 "Pipelining"
 */
export class Flight implements Submittable {
  /** node-postgres gives it its type parsers and, with `query_timeout`, wraps the callback. */
  readonly _result: ParsingResult;
  callback: (error: Error | undefined) => void;
  readonly #steps: readonly FlightStep[];
  readonly #statement: FlightStatement;
  readonly #slot: UnnamedSlot;
  readonly #settle: (outcome: FlightOutcome) => void;
  #reused = false;
  #done = 0;
  #fields: FieldDef[] | undefined;
  #error: Error | undefined;
  #ended = false;

  constructor(
    steps: readonly FlightStep[],
    statement: FlightStatement,
    slot: UnnamedSlot,
    settle: (outcome: FlightOutcome) => void,
  ) {
    this.#steps = steps;
    this.#statement = statement;
    this.#slot = slot;
    this.#settle = settle;
    const Result = pg.Result as unknown as new (mode: unknown, types: unknown) => ParsingResult;
    this._result = new Result(statement.rowMode, statement.parsers);
    this.callback = () => undefined;
  }

  /** The statement's text, for whoever watches queries; never its values. */
  get text(): string {
    return this.#statement.text;
  }

  submit(connection: Connection): void {
    const { stream } = wireOf(connection);
    const { known } = this.#statement;
    if (known) describe(this._result, known);
    const [first] = this.#steps;
    this.#reused = first?.again !== undefined && first.text === this.#slot.holds;
    const bytes = encodeFlight(this.#steps, this.#statement, this.#slot);
    // A stream that has ended says so by an event, as with any query of node-postgres.
    if (stream.writable) stream.write(bytes);
  }

  handleRowDescription(message: { fields: FieldDef[] }): void {
    this.#fields = message.fields;
    this._result.addFields(message.fields);
  }

  handleDataRow(message: { fields: unknown }): void {
    // The binder answers a row too; it is nobody's.
    if (this.#done < this.#steps.length || this.#error) return;
    try {
      this._result.addRow(this._result.parseRow(message.fields));
    } catch (error) {
      this.#error = error as Error;
    }
  }

  handleCommandComplete(message: object): void {
    if (this.#done === this.#steps.length) this._result.addCommandComplete(message);
    this.#done += 1;
  }

  handleEmptyQuery(): void {
    this.#done += 1;
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: Connection): void {
    const wire = wireOf(connection);
    wire.sendCopyFail('COPY FROM STDIN is not supported by the tenant pool');
    // The server ignored the Sync that it read while it waited for data.
    wire.sync();
  }

  handleCopyData(): void {}

  /** An error of the server is followed by ReadyForQuery; any other one means that the wire is gone. */
  handleError(error: Error, connection: Connection): void {
    this.#error ??= error;
    if (!(error instanceof pg.DatabaseError)) {
      this.#end(false);
      return;
    }
    // node-postgres has forgotten this query by now, and will not tell it of what follows.
    const wire = wireOf(connection);
    const ready = (): void => {
      wire.removeListener('end', gone);
      this.#end(true);
    };
    const gone = (): void => {
      wire.removeListener('readyForQuery', ready);
      this.#end(false);
    };
    wire.once('readyForQuery', ready);
    wire.once('end', gone);
  }

  handleReadyForQuery(): void {
    this.#end(true);
  }

  #end(settled: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const error = this.#error;
    // A Parse that failed, or was skipped after an error, has left no telling what stands there.
    if (error) this.#slot.holds = undefined;
    this.callback(error);
    this.#settle({
      result: error ? undefined : this._result,
      error,
      steps: Math.min(this.#done, this.#steps.length),
      fields: this.#fields,
      reused: this.#reused,
      settled,
    });
  }
}

/** As `addFields`, with the row that it would make anew each time. Parsers are the caller's, so they are asked. */
function describe(result: ParsingResult, known: KnownStatement): void {
  if (!result.rowAsArray && !known.emptyRow) {
    result.addFields(known.fields);
    known.emptyRow = result._prebuiltEmptyResultObject ?? undefined;
    return;
  }
  const types = result._types ?? (pg.types as unknown as TypeParsers);
  result.fields = known.fields;
  result._parsers = known.fields.map((each) =>
    types.getTypeParser(each.dataTypeID, each.format || 'text'),
  );
  if (known.emptyRow) result._prebuiltEmptyResultObject = known.emptyRow;
}

function wireOf(connection: Connection): Wire {
  return connection as unknown as Wire;
}
