/** One event of an `EventStream`. */
export interface StreamEvent {
  /** Where a reader goes on after it was cut off: unique, one line. */
  readonly id: string;
  /** The name that `EventSource` listens for, for example `status`. */
  readonly type: string;
  readonly data: unknown;
}
