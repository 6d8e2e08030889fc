import type { FieldDef } from 'pg';

/** One statement of a flight. */
export interface FlightStep {
  readonly text: string;
  readonly values?: readonly (string | Buffer | null)[] | undefined;
  /** Types of the parameters, where the server need not find them out. */
  readonly types?: readonly number[];
  /** Itself as messages, where it is sent often; see `encodeStep`. */
  readonly bytes?: Buffer;
  /** The same without Parse, for a connection whose unnamed statement it is already. */
  readonly again?: Buffer;
}

/** What is remembered of a statement that a connection has by name. */
export interface KnownStatement {
  readonly name: string;
  readonly fields: FieldDef[];
  /** node-postgres' empty row for these fields, once one was made. */
  emptyRow?: object | undefined;
}

/** The statement whose result a flight brings back. */
export interface FlightStatement extends FlightStep {
  /** Server-side name; unnamed without. */
  readonly name?: string | undefined;
  /** The name stands for the text on this connection already: neither Parse nor Describe is needed. */
  readonly known?: KnownStatement | undefined;
  /** A named statement to give up in the same flight. */
  readonly close?: string | undefined;
  readonly rowMode?: string | undefined;
  readonly parsers?: unknown;
  readonly binary?: boolean | undefined;
}
