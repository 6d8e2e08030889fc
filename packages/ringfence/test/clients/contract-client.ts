import type { TenantPool } from '../../src/postgres/index.js';

/** What the contract asks of a client, said in that client's own words. */
export interface ContractWork {
  /** Inserts a folder and returns its id. */
  add(name: string): Promise<string>;
  /** The names of all folders, sorted. */
  names(): Promise<string[]>;
  /** How many folders were changed. */
  rename(id: string, name: string): Promise<number>;
  /** How many folders were deleted. */
  remove(id: string): Promise<number>;
  /** Inserts a folder that says which tenant it is of. */
  addFor(tenantId: string, name: string): Promise<unknown>;
  /** Inserts a note into a folder. */
  addNote(folderId: string): Promise<unknown>;
  /** Runs a text with one parameter and returns its rows. */
  raw(text: string, value: string): Promise<Record<string, unknown>[]>;
}

/** A client of the pool: its calls, and its own way of making a transaction. */
export interface ContractClient extends ContractWork {
  transaction<T>(fn: (inside: ContractWork) => Promise<T>): Promise<T>;
}

/** Puts one client on a pool. */
export interface ContractCase {
  readonly client: string;
  /** How the client's own transaction is made joinable: by itself, or inside `pool.joinable`. */
  readonly joins: 'by itself' | 'with joinable()';
  open(pool: TenantPool): ContractClient;
}

/** The SQLSTATE of an error, wherever the client has put it. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at && depth < 8; depth += 1) {
    const { code, originalCode, cause, meta } = at as {
      code?: unknown;
      originalCode?: unknown;
      cause?: unknown;
      meta?: { driverAdapterError?: unknown };
    };
    if (typeof originalCode === 'string') return originalCode;
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^P\d/.test(code)) return code;
    at = meta?.driverAdapterError ?? cause;
  }
  return undefined;
}
