import { pathToFileURL } from 'node:url';
import { RingfenceError } from '../../errors/index.js';
import type { BackfillDefinition, ModuleBackfill } from '../folder/index.js';

/**
 * Loads a backfill in TypeScript or JavaScript. TypeScript needs a Node that takes its types away (22.18
 * or newer).
 *
 * @throws RingfenceError `MIGRATION_FAILED` for a file that cannot be loaded or defines none.
 */
export async function loadDefinition(backfill: ModuleBackfill): Promise<BackfillDefinition> {
  let module: { default?: Partial<BackfillDefinition> };
  try {
    module = await import(pathToFileURL(backfill.path).href);
  } catch (cause) {
    throw new RingfenceError('MIGRATION_FAILED', {
      cause,
      detail: `${backfill.file} cannot be loaded: ${(cause as Error).message}`,
    });
  }
  const { table, batch } = module.default ?? {};
  if (typeof table !== 'string' || typeof batch !== 'function') {
    throw new RingfenceError('MIGRATION_FAILED', {
      detail: `${backfill.file} has no default export made by defineBackfill.`,
    });
  }
  return { table, batch };
}
