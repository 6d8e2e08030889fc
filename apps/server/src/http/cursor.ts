import { z } from 'zod';

/** A place in a list that is ordered by (createdAt, id): behind this row the next page begins. */
export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

const EARLIEST = '2000-01-01T00:00:00.000Z';

// Three digits: the columns are timestamptz(3), so that a Date holds their value exactly. The lower
// bound keeps out years that PostgreSQL does not know.
const POSITION = z.strictObject({
  createdAt: z.iso
    .datetime({ precision: 3 })
    .refine((value) => value >= EARLIEST)
    .transform((value) => new Date(value)),
  id: z.uuid(),
});

/** Writes a position as the opaque text of `nextCursor`. It is no secret and grants nothing. */
export function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(JSON.stringify({ createdAt, id })).toString('base64url');
}

/**
 * Reads a cursor back. A cursor is only a position: which rows stand behind it is decided by
 * row-level security, whoever made it.
 *
 * @returns `undefined` for anything that {@link encodeCursor} did not write.
 */
export function decodeCursor(cursor: string): Position | undefined {
  if (cursor.length > 200) return undefined;
  try {
    const position = POSITION.safeParse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')),
    );
    return position.success ? position.data : undefined;
  } catch {
    return undefined;
  }
}
