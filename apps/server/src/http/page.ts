import { z } from 'zod';
import { decodeCursor, encodeCursor } from './cursor.js';

/** What every list takes: how many, and from where. Add the filters of a resource with `extend`. */
export const pageQuery = z.strictObject({
  limit: z
    .preprocess(digitsToNumber, z.int().min(1).max(100))
    .default(20)
    .meta({ description: 'How many items a page holds at most; 20 when it is not given.' }),
  cursor: z
    .string()
    .transform((value, context) => {
      const position = decodeCursor(value);
      if (!position) context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return position ?? z.NEVER;
    })
    .optional()
    .meta({ description: 'The nextCursor of the page before; none for the first page.' }),
});

/** A page that was asked for. */
export type PageQuery = z.output<typeof pageQuery>;

/** One page of a list. Without a `nextCursor` it is the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The schema of a {@link Page}, for the OpenAPI document. */
export function pageOf(name: string, item: z.ZodType) {
  return z
    .object({ items: z.array(item), nextCursor: z.string().nullable() })
    .meta({ id: `${name}Page` });
}

/**
 * The part of a Prisma `findMany` that reads one page: by keyset, so that page 1000 costs what page 1
 * costs, and an item that is deleted meanwhile moves nobody else. One row more than asked for tells
 * whether there is a next page.
 *
 * @example
 * const rows = await prisma.project.findMany({ ...pageArguments(query), select });
 * return toPage(rows, query, projectView);
 */
export function pageArguments({ limit, cursor }: PageQuery) {
  return {
    // Written so that the first condition alone bounds the index range.
    where: cursor
      ? {
          createdAt: { gte: cursor.createdAt },
          OR: [{ createdAt: { gt: cursor.createdAt } }, { id: { gt: cursor.id } }],
        }
      : {},
    orderBy: [{ createdAt: 'asc' as const }, { id: 'asc' as const }],
    take: limit + 1,
  };
}

/** Makes the answer from the rows that {@link pageArguments} read. */
export function toPage<Row extends { createdAt: Date; id: string }, Item>(
  rows: readonly Row[],
  { limit }: PageQuery,
  view: (row: Row) => Item,
): Page<Item> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(view),
    nextCursor: last ? encodeCursor(last) : null,
  };
}

/** Stricter than `Number`, which also reads `0x10`, `1e1` and the empty text. */
function digitsToNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}
