import { RingfenceError } from '../../errors/index.js';
import type { Queryable } from '../../sql/index.js';
import type { PhasedMigration } from '../folder/index.js';
import { lintMigration, lintText } from '../lint/index.js';

/**
 * Lints a migration against the database that it is for.
 *
 * @throws RingfenceError `MIGRATION_UNSAFE` with what was found, and what `lintMigration` throws.
 */
export async function refuseUnsafe(migration: PhasedMigration, db: Queryable): Promise<void> {
  const report = await lintMigration(migration, db);
  if (!report.ok)
    throw new RingfenceError('MIGRATION_UNSAFE', { detail: `\n${lintText([report])}` });
}
