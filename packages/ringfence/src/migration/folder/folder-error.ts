import { RingfenceError } from '../../errors/index.js';

/** Says what of a migration folder is wrong. */
export function folderError(detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError('MIGRATION_FOLDER_INVALID', { detail, cause });
}
