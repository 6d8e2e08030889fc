import { Prisma } from '../generated/conformance/client.js';
import { cases, ID } from './conformance-case.js';

/** $queryRaw and $executeRaw with all kinds of parameters. */
export const RAW_CASES = cases('raw', {
  'rows of every type': (p) =>
    p.$queryRaw`SELECT title, pages, sold, price, rating, stocked, published, printed, cover, meta,
      languages FROM books ORDER BY title`,
  'text, numbers, booleans and null': (p) =>
    p.$queryRaw`SELECT ${'x'}::text AS a, ${1}::int AS b, ${1.5}::float8 AS c, ${true}::bool AS d,
      ${null}::text AS e`,
  'bigint and decimal': (p) =>
    p.$queryRaw`SELECT ${9007199254740993n}::bigint AS a, ${new Prisma.Decimal('1.10')}::numeric AS b`,
  dates: (p) =>
    p.$queryRaw`SELECT ${new Date('2020-01-02T03:04:05.678Z')}::timestamptz AS a,
      ${new Date('2020-01-02')}::date AS b`,
  bytes: (p) => p.$queryRaw`SELECT ${Buffer.from([0, 255])}::bytea AS a`,
  JSON: (p) =>
    p.$queryRaw`SELECT ${{ a: [1, null] }}::jsonb AS a, ${JSON.stringify([1])}::jsonb AS b`,
  lists: (p) =>
    p.$queryRaw`SELECT ${['a', 'b']}::text[] AS a, ${[1, 2]}::int[] AS b,
      ${[ID.ada]}::uuid[] AS c, 'x' = ANY(${['x']}) AS d`,
  'Prisma.join, sql, raw and empty': (p) =>
    p.$queryRaw(
      Prisma.sql`SELECT title FROM books WHERE title IN (${Prisma.join(['Sea', 'Sun'])})
        ${Prisma.raw('ORDER BY title')} ${Prisma.empty}`,
    ),
  queryRawUnsafe: (p) =>
    p.$queryRawUnsafe('SELECT title FROM books WHERE pages > $1 ORDER BY title', 100),
  'executeRaw tells how many': (p) =>
    p.$executeRaw`UPDATE books SET pages = 1 WHERE pages > ${100}`,
  executeRawUnsafe: (p) => p.$executeRawUnsafe('DELETE FROM books WHERE title = $1', 'Sea'),
  'executeRaw with RETURNING': (p) =>
    p.$queryRaw`INSERT INTO tags (name) VALUES (${'raw'}) RETURNING name`,
  'a read that executeRaw does': (p) => p.$executeRaw`SELECT 1 FROM tags`,
  'no rows': (p) => p.$queryRaw`SELECT title FROM books WHERE false`,
  'columns of one name': (p) => p.$queryRaw`SELECT 1 AS a, 2 AS a`,
  'a function that is called': (p) => p.$queryRaw`SELECT upper(${'x'}) AS a, 1 AS "b c"`,
  'division by zero': (p) => p.$queryRaw`SELECT 1 / (pages - pages) FROM books`,
  'bad syntax': (p) => p.$queryRawUnsafe('SELEC 1'),
  'a table that is not there': (p) => p.$queryRaw`SELECT * FROM nowhere`,
  'a parameter too few': (p) => p.$queryRawUnsafe('SELECT $1::int, $2::int', 1),
  'a text that is no uuid': (p) => p.$queryRaw`SELECT title FROM books WHERE id = ${'x'}::uuid`,
  'a unique value twice': (p) => p.$executeRaw`INSERT INTO tags (name) VALUES ('red')`,
  'a missing parent': (p) =>
    p.$executeRaw`INSERT INTO profiles (author_id, bio) VALUES (${ID.nobody}::uuid, 'x')`,
  'two statements in one': (p) => p.$executeRawUnsafe('SELECT 1; SELECT 2'),
});
