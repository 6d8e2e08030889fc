import { readFileSync } from 'node:fs';
import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import type { Catalog } from './catalog.js';
import { readCatalog } from './read-catalog.js';

/**
 * The catalog behind a URL, or one that `ringfence audit --snapshot` has written to a file.
 *
 * @throws RingfenceError `DATABASE_UNAVAILABLE`, or `CONFIGURATION_INVALID` for a file that is none.
 */
export async function readSnapshot(from: string): Promise<Catalog> {
  if (!/^postgres(ql)?:/.test(from)) return readFile(from);
  const client = new pg.Client({ connectionString: from, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return (await readCatalog(client)).catalog;
  } catch (cause) {
    throw new RingfenceError('DATABASE_UNAVAILABLE', { cause, detail: (cause as Error).message });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function readFile(file: string): Catalog {
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Catalog;
    if (Array.isArray(content.relations) && Array.isArray(content.policies)) return content;
  } catch (cause) {
    throw new RingfenceError('CONFIGURATION_INVALID', { cause, detail: `${file} is no snapshot.` });
  }
  throw new RingfenceError('CONFIGURATION_INVALID', { detail: `${file} is no snapshot.` });
}
