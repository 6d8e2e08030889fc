/** 0: done. 1: there is something to be seen to. 2: it could not run. */
export type ExitCode = 0 | 1 | 2;

/** What a command may use of the process around it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the command was started; the process's own folder when it is not given. */
  readonly cwd?: string;
  /** May escape sequences for colour be written? */
  readonly colour?: boolean;
  out(line: string): void;
  /** Shows these lines in the place of those that it showed before; only where somebody looks on. */
  redraw?(lines: readonly string[]): void;
}
