import type { Queryable } from '../sql/index.js';
import type { Catalog } from './catalog.js';
import { CatalogReader, type NotRead } from './catalog-reader.js';
import { readConstraints } from './read-constraints.js';
import { readFunctions } from './read-functions.js';
import { readPolicies } from './read-policies.js';
import { readRelations } from './read-relations.js';
import { readRoles } from './read-roles.js';
import { readServer } from './read-server.js';

/**
 * Reads everything that the checks look at, in a fixed number of queries, however many tables there
 * are. It has to run inside a transaction, which the caller begins and ends.
 *
 * @see PostgreSQL manual, 53 "System Catalogs"
 */
export async function readCatalog(
  client: Queryable,
): Promise<{ catalog: Catalog; notRead: NotRead[] }> {
  // Deparsed expressions then name every object that is not the server's own with its schema.
  await client.query('SET LOCAL search_path = pg_catalog');
  const { rows } = await client.query<{ version: string }>(
    "SELECT pg_catalog.current_setting('server_version_num') AS version",
  );
  const reader = new CatalogReader(client, Number(rows[0]?.version));
  const catalog: Catalog = {
    version: reader.version,
    ...(await readRoles(reader)),
    ...(await readRelations(reader)),
    ...(await readPolicies(reader)),
    ...(await readConstraints(reader)),
    ...(await readFunctions(reader)),
    ...(await readServer(reader)),
  };
  return { catalog, notRead: reader.notRead };
}
