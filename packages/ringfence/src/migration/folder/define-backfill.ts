import type { Queryable } from '../../sql/index.js';

/** What {@link BackfillDefinition.batch} is called with, in one transaction bound to one tenant. */
export interface BackfillBatch {
  /** Runs as the owner role under forced row-level security: it sees this tenant's rows only. */
  readonly client: Queryable;
  readonly tenantId: string;
  /** The batch holds the rows with `after < id`; `null` at the first one. */
  readonly after: string | null;
  /** … and `id <= upto`. */
  readonly upto: string;
}

/** A backfill in TypeScript. */
export interface BackfillDefinition {
  /** The table whose rows are walked in the order of `(tenant_id, id)`: `public.documents`. */
  readonly table: string;
  /** Must do nothing when it is run again over rows that have their new shape. @returns rows changed. */
  batch(batch: BackfillBatch): Promise<number>;
}

/**
 * Names a backfill, for `backfill.ts`.
 *
 * @example
 * export default defineBackfill({
 *   table: 'public.documents',
 *   async batch({ client, after, upto }) {
 *     const { rowCount } = await client.query(
 *       `UPDATE documents SET slug = lower(title)
 *        WHERE ($1::uuid IS NULL OR id > $1) AND id <= $2 AND slug IS NULL`,
 *       [after, upto],
 *     );
 *     return rowCount ?? 0;
 *   },
 * });
 */
export function defineBackfill(definition: BackfillDefinition): BackfillDefinition {
  return definition;
}
