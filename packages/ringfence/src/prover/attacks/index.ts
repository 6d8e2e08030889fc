import type { Attack } from '../attack.js';
import { call } from './call.js';
import { cascade } from './cascade.js';
import { contextPivot } from './context-pivot.js';
import { copy } from './copy.js';
import { count } from './count.js';
import { remove } from './delete.js';
import { explain } from './explain.js';
import { foreignKeyOracle } from './foreign-key-oracle.js';
import { insertAsOther } from './insert-as-other.js';
import { interleaving } from './interleaving.js';
import { move } from './move.js';
import { pooledConnection } from './pooled-connection.js';
import { read } from './read.js';
import { returning } from './returning.js';
import { sequence } from './sequence.js';
import { stats } from './stats.js';
import { truncate } from './truncate.js';
import { uniqueOracle } from './unique-oracle.js';
import { update } from './update.js';
import { updateToOther } from './update-to-other.js';
import { upsertOracle } from './upsert-oracle.js';

/** Every attack, in the order of `OPERATIONS`. */
export const ATTACKS: readonly Attack[] = [
  read,
  count,
  insertAsOther,
  update,
  updateToOther,
  move,
  remove,
  upsertOracle,
  uniqueOracle,
  foreignKeyOracle,
  cascade,
  returning,
  copy,
  truncate,
  stats,
  explain,
  sequence,
  call,
  contextPivot,
  pooledConnection,
  interleaving,
];
