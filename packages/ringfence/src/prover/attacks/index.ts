import type { Attack } from '../attack.js';
import { count } from './count.js';
import { remove } from './delete.js';
import { insertAsOther } from './insert-as-other.js';
import { move } from './move.js';
import { read } from './read.js';
import { update } from './update.js';
import { updateToOther } from './update-to-other.js';

/** Every attack, in the order of {@link OPERATIONS}. */
export const ATTACKS: readonly Attack[] = [
  read,
  count,
  insertAsOther,
  update,
  updateToOther,
  move,
  remove,
];
