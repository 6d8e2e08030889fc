/** What {@link startEmbeddedServer} is asked for. */
export interface EmbeddedServerOptions {
  /** Where the server keeps everything; made when missing. One running server per folder. */
  readonly folder: string;
  /**
   * `true`: the data is kept and picked up again. `false`: a throwaway server for tests. It begins
   * empty, does not wait for the disk, and its data is deleted when it stops.
   */
  readonly durable: boolean;
  /** Told in one line each what is done; values such as passwords never appear. */
  readonly report?: (line: string) => void;
}

/** A running PostgreSQL server that belongs to this process. */
export interface EmbeddedServer {
  /** URL of the superuser on database `postgres`: for setting roles up, not for applications. */
  readonly adminUrl: string;
  readonly port: number;
  /** The data directory (PGDATA); outside `folder` when the server's OS user cannot reach that. */
  readonly dataFolder: string;
  /** Resolves when the server's process has ended, by `stop()` or by itself. */
  readonly ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back. Resolves when the process has ended. */
  stop(): Promise<void>;
}
