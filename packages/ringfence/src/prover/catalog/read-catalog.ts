import type { Queryable } from '../../sql/index.js';
import type { Catalog, Relation, Routine } from './catalog.js';
import { CATALOG_QUERIES } from './catalog-query.js';

/**
 * Reads what the attacks and the seeder need to know, with the rights of one application role.
 *
 * @param admin a connection that sees the whole catalog
 */
export async function readCatalog(admin: Queryable, appRole: string): Promise<Catalog> {
  const ask = async <T>(text: string): Promise<T[]> => {
    const { rows } = await admin.query<Record<string, T | string>>(text, [appRole]);
    return rows.flatMap((row) => Object.values(row)).map((value) => parsed<T>(value));
  };
  const [database] = await ask<Omit<Catalog, 'relations' | 'routines'>>(CATALOG_QUERIES.database);
  if (!database) throw new Error('The catalog did not answer.');
  return {
    ...database,
    relations: await ask<Relation>(CATALOG_QUERIES.relations),
    routines: await ask<Routine>(CATALOG_QUERIES.routines),
  };
}

/** Sessions of the prover hand JSON out as text; others parse it. */
function parsed<T>(value: T | string): T {
  return typeof value === 'string' ? (JSON.parse(value) as T) : value;
}
