/**
 * The little of a database client that the library's reading and migrating rooms need. `pg.Client`,
 * `pg.PoolClient` and `pg.Pool` all fit.
 */
export interface Queryable {
  query<R extends object>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}
