import { z } from 'zod';

/**
 * The id of a row, in the path or in a body: any UUID, of whatever version, in canonical lower case.
 *
 * Lower case matters: Prisma puts `findUnique` calls of one tick into one statement and hands the
 * rows out by comparing the text of their ids.
 */
export const id = z.guid('Not a UUID.').toLowerCase();
