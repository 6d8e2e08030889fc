import { z } from 'zod';
import { MAILED_TOKEN_LENGTH } from './mailed-token.js';

/** A mailed token in a body. A text that is none at all is simply not valid. */
export const mailedToken = z
  .string()
  .min(1)
  .max(2 * MAILED_TOKEN_LENGTH)
  .meta({ description: 'What stands behind the “=” in the fragment of the mailed link.' });
