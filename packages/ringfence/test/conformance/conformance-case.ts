import { type Prisma, PrismaClient } from '../generated/conformance/client.js';

export type { Prisma };
export { PrismaClient };

/** One use of Prisma, run on both clients over the same rows. */
export interface ConformanceCase {
  readonly name: string;
  readonly run: (prisma: PrismaClient) => Promise<unknown>;
}

/** What one use came to: what was returned or thrown, and what is in the tables afterwards. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly code: unknown; readonly meta: unknown };
  readonly tables: unknown;
}

/** Makes cases of functions; their names are the record's keys. */
export function cases(
  group: string,
  runs: Readonly<Record<string, (prisma: PrismaClient) => Promise<unknown>>>,
): ConformanceCase[] {
  return Object.entries(runs).map(([name, run]) => ({ name: `${group}: ${name}`, run }));
}

const fixed = (digit: string): string => `00000000-0000-4000-8000-00000000000${digit}`;

/** The rows that every case starts from. */
export const ID = {
  ada: fixed('1'),
  bob: fixed('2'),
  cyd: fixed('3'),
  profile: fixed('4'),
  sea: fixed('5'),
  sky: fixed('6'),
  sun: fixed('7'),
  orphan: fixed('8'),
  red: fixed('9'),
  blue: fixed('a'),
  green: fixed('b'),
  nobody: fixed('c'),
  fresh: fixed('d'),
} as const;

/** Fills the empty tables. */
export async function seed(prisma: PrismaClient): Promise<void> {
  const { ada, bob, cyd, profile, sea, sky, sun, orphan, red, blue, green } = ID;
  await prisma.author.createMany({
    data: [
      { id: ada, email: 'ada@example.test', name: 'Ada', age: 36 },
      {
        id: bob,
        email: 'bob@example.test',
        name: 'Bob',
        age: 20,
        managerId: ada,
        shelf: 'science',
      },
      { id: cyd, email: 'cyd@example.test', managerId: ada },
    ],
  });
  await prisma.profile.create({ data: { id: profile, authorId: ada, bio: 'Counts.' } });
  await prisma.book.createMany({
    data: [
      { id: sea, title: 'Sea', authorId: ada, pages: 100, price: '9.90', rating: 4.5, sold: 5n },
      { id: sky, title: 'Sky', authorId: ada, pages: 200, meta: { a: [1, { b: null }] } },
      { id: sun, title: 'Sun', authorId: bob, pages: 300, languages: ['de', 'en'], stocked: false },
      {
        id: orphan,
        title: 'Zero',
        published: '2020-01-02T03:04:05.678Z',
        printed: '2020-01-02T00:00:00Z',
      },
    ],
  });
  await prisma.tag.createMany({
    data: [
      { id: red, name: 'red' },
      { id: blue, name: 'blue' },
      { id: green, name: 'green' },
    ],
  });
  await prisma.book.update({
    where: { id: sea },
    data: { tags: { connect: [{ id: red }, { id: blue }] } },
  });
  await prisma.book.update({ where: { id: sky }, data: { tags: { connect: { id: red } } } });
}

/** Everything that is in the tables, in an order that does not depend on random ids. */
export async function readTables(prisma: PrismaClient): Promise<unknown> {
  return {
    authors: await prisma.author.findMany({ orderBy: [{ email: 'asc' }] }),
    profiles: await prisma.profile.findMany({ orderBy: { bio: 'asc' } }),
    books: await prisma.book.findMany({
      orderBy: [{ title: 'asc' }, { pages: 'asc' }],
      include: { tags: { orderBy: { name: 'asc' } } },
    }),
    tags: await prisma.tag.findMany({ orderBy: { name: 'asc' } }),
  };
}

export async function emptyTables(prisma: PrismaClient): Promise<void> {
  await prisma.author.updateMany({ data: { managerId: null } });
  await prisma.tag.deleteMany();
  await prisma.book.deleteMany();
  await prisma.author.deleteMany();
}
