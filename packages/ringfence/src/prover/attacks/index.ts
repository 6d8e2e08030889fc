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
import { largeObject } from './large-object.js';
import { move } from './move.js';
import { otherSetting } from './other-setting.js';
import { pooledConnection } from './pooled-connection.js';
import { presence } from './presence.js';
import { read } from './read.js';
import { returning } from './returning.js';
import { rolePivot } from './role-pivot.js';
import { sequence } from './sequence.js';
import { serverAccess } from './server-access.js';
import { sideEffect } from './side-effect.js';
import { stats } from './stats.js';
import { trigger } from './trigger.js';
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
  trigger,
  sideEffect,
  otherSetting,
  stats,
  explain,
  sequence,
  call,
  presence,
  contextPivot,
  rolePivot,
  serverAccess,
  largeObject,
  pooledConnection,
  interleaving,
];
