import { cases, ID } from './conformance-case.js';

const BY_TITLE = { title: 'asc' } as const;

/** find*, aggregate, groupBy, count, with every way of selecting and filtering. */
export const READ_CASES = cases('read', {
  'findMany ordered': (p) => p.book.findMany({ orderBy: BY_TITLE }),
  'findMany with skip, take and several orders': (p) =>
    p.book.findMany({ orderBy: [{ stocked: 'desc' }, { title: 'desc' }], skip: 1, take: 2 }),
  'findMany from a cursor': (p) =>
    p.book.findMany({ orderBy: BY_TITLE, cursor: { id: ID.sky }, take: 2, skip: 1 }),
  'findMany backwards from a cursor': (p) =>
    p.book.findMany({ orderBy: BY_TITLE, cursor: { id: ID.sun }, take: -2 }),
  'findMany distinct': (p) =>
    p.book.findMany({ distinct: ['stocked'], orderBy: [{ stocked: 'asc' }, { title: 'asc' }] }),
  'findMany of nothing': (p) => p.book.findMany({ where: { title: 'nothing' } }),
  'findMany ordered by a relation': (p) =>
    p.book.findMany({ orderBy: [{ author: { email: 'desc' } }, { title: 'asc' }] }),
  'findMany ordered by a count': (p) =>
    p.author.findMany({ orderBy: [{ books: { _count: 'desc' } }, { email: 'asc' }] }),
  'findMany with nulls first': (p) =>
    p.author.findMany({ orderBy: { name: { sort: 'asc', nulls: 'first' } } }),
  findFirst: (p) => p.author.findFirst({ where: { age: { gt: 18 } }, orderBy: { age: 'asc' } }),
  'findFirst of nothing': (p) => p.author.findFirst({ where: { email: 'nobody' } }),
  findFirstOrThrow: (p) => p.author.findFirstOrThrow({ where: { name: 'Bob' } }),
  'findFirstOrThrow of nothing': (p) => p.author.findFirstOrThrow({ where: { name: 'Nobody' } }),
  'findUnique by id': (p) => p.author.findUnique({ where: { id: ID.ada } }),
  'findUnique by another unique field': (p) =>
    p.profile.findUnique({ where: { authorId: ID.ada } }),
  'findUnique with further conditions': (p) =>
    p.author.findUnique({ where: { id: ID.ada, age: { lt: 30 } } }),
  'findUnique of nothing': (p) => p.author.findUnique({ where: { id: ID.nobody } }),
  findUniqueOrThrow: (p) => p.author.findUniqueOrThrow({ where: { id: ID.bob } }),
  'findUniqueOrThrow of nothing': (p) => p.author.findUniqueOrThrow({ where: { id: ID.nobody } }),
  'findUnique batched in one tick': (p) =>
    Promise.all(
      [ID.bob, ID.nobody, ID.ada, ID.bob].map((id) => p.author.findUnique({ where: { id } })),
    ),
  'findUnique with a chain of relations': (p) =>
    p.author.findUnique({ where: { id: ID.ada } }).books({ orderBy: BY_TITLE }),
  'findUnique with a chain to one': (p) => p.book.findUnique({ where: { id: ID.sea } }).author(),
  'findUnique with a longer chain': (p) =>
    p.book
      .findUnique({ where: { id: ID.sea } })
      .author()
      .profile(),
  'chain from nothing': (p) => p.book.findUnique({ where: { id: ID.nobody } }).author(),
  'include to many, to one and optional': (p) =>
    p.author.findMany({
      orderBy: { email: 'asc' },
      include: { books: { orderBy: BY_TITLE }, profile: true, manager: true },
    }),
  'include many to many, both sides': async (p) => [
    await p.book.findMany({ orderBy: BY_TITLE, include: { tags: { orderBy: { name: 'asc' } } } }),
    await p.tag.findMany({ orderBy: { name: 'asc' }, include: { books: { orderBy: BY_TITLE } } }),
  ],
  'include four deep': (p) =>
    p.profile.findMany({
      include: {
        author: {
          include: {
            reports: {
              orderBy: { email: 'asc' },
              include: { books: { include: { tags: true, author: true } } },
            },
          },
        },
      },
    }),
  'include filtered, ordered and limited': (p) =>
    p.author.findMany({
      orderBy: { email: 'asc' },
      include: { books: { where: { pages: { gt: 100 } }, orderBy: { pages: 'desc' }, take: 1 } },
    }),
  'include _count': (p) =>
    p.author.findMany({ orderBy: { email: 'asc' }, include: { _count: true } }),
  'include filtered _count': (p) =>
    p.author.findMany({
      orderBy: { email: 'asc' },
      select: { email: true, _count: { select: { books: { where: { pages: { gt: 150 } } } } } },
    }),
  'select nested': (p) =>
    p.book.findMany({
      orderBy: BY_TITLE,
      select: {
        title: true,
        author: { select: { email: true, profile: { select: { bio: true } } } },
      },
    }),
  'select relations only': (p) =>
    p.book.findMany({ orderBy: BY_TITLE, select: { author: { select: { name: true } } } }),
  'select the tenant': (p) =>
    p.book.findMany({ orderBy: BY_TITLE, select: { tenantId: true, title: true } }),
  omit: (p) => p.book.findMany({ orderBy: BY_TITLE, omit: { id: true, meta: true } }),
  'omit given back': (p) => p.tag.findMany({ orderBy: { name: 'asc' }, omit: { tenantId: false } }),
  'where with AND, OR and NOT': (p) =>
    p.book.findMany({
      orderBy: BY_TITLE,
      where: {
        OR: [{ pages: { lte: 100 } }, { AND: [{ stocked: false }, { NOT: { title: 'Sky' } }] }],
      },
    }),
  'where on text': (p) =>
    p.author.findMany({
      orderBy: { email: 'asc' },
      where: { email: { contains: 'EXAMPLE', mode: 'insensitive', startsWith: 'b' } },
    }),
  'where in and notIn': (p) =>
    p.book.findMany({
      orderBy: BY_TITLE,
      where: { title: { in: ['Sea', 'Sun'], notIn: ['Sun'] } },
    }),
  'where in a long list': (p) =>
    p.book.count({ where: { title: { in: Array.from({ length: 3000 }, (_, at) => `x${at}`) } } }),
  'where null and not null': async (p) => [
    await p.author.findMany({ where: { name: null }, orderBy: { email: 'asc' } }),
    await p.author.findMany({ where: { managerId: { not: null } }, orderBy: { email: 'asc' } }),
  ],
  'where on an enum, a bigint, a decimal and a date': async (p) => [
    await p.author.findMany({ where: { shelf: 'science' } }),
    await p.book.findMany({ where: { sold: { gte: 5n } } }),
    await p.book.findMany({ where: { price: '9.9' } }),
    await p.book.findMany({ where: { published: { lt: new Date('2021-01-01') } } }),
  ],
  'where on JSON': (p) =>
    p.book.findMany({ where: { meta: { path: ['a', '0'], equals: 1 } }, orderBy: BY_TITLE }),
  'where on a list': (p) =>
    p.book.findMany({ where: { languages: { has: 'de', isEmpty: false } }, orderBy: BY_TITLE }),
  'where one field equals another': (p) =>
    p.book.findMany({ where: { title: { equals: p.book.fields.title } }, orderBy: BY_TITLE }),
  'relation filters: some, every, none': async (p) => [
    await p.author.findMany({
      where: { books: { some: { pages: { gt: 150 } } } },
      orderBy: { email: 'asc' },
    }),
    await p.author.findMany({
      where: { books: { every: { stocked: true } } },
      orderBy: { email: 'asc' },
    }),
    await p.author.findMany({ where: { books: { none: {} } }, orderBy: { email: 'asc' } }),
  ],
  'relation filters: is, isNot, null': async (p) => [
    await p.book.findMany({ where: { author: { is: { name: 'Ada' } } }, orderBy: BY_TITLE }),
    await p.book.findMany({ where: { author: { isNot: { name: 'Ada' } } }, orderBy: BY_TITLE }),
    await p.book.findMany({ where: { author: null }, orderBy: BY_TITLE }),
    await p.author.findMany({ where: { profile: { isNot: null } } }),
  ],
  'relation filters: many to many, and deep': async (p) => [
    await p.book.findMany({ where: { tags: { some: { name: 'red' } } }, orderBy: BY_TITLE }),
    await p.tag.findMany({
      where: { books: { some: { author: { reports: { some: { name: 'Bob' } } } } } },
      orderBy: { name: 'asc' },
    }),
  ],
  count: (p) => p.book.count({ where: { pages: { gt: 100 } } }),
  'count of fields': (p) => p.book.count({ select: { _all: true, authorId: true, price: true } }),
  aggregate: (p) =>
    p.book.aggregate({
      _count: true,
      _avg: { pages: true, price: true, rating: true },
      _sum: { pages: true, sold: true },
      _min: { title: true, published: true },
      _max: { title: true, pages: true },
    }),
  'aggregate of nothing': (p) =>
    p.book.aggregate({
      where: { title: 'nothing' },
      _sum: { pages: true },
      _count: { _all: true },
    }),
  'groupBy with having': (p) =>
    p.book.groupBy({
      by: ['authorId'],
      _sum: { pages: true },
      _count: { _all: true },
      having: { pages: { _sum: { gt: 0 } } },
      orderBy: [{ _sum: { pages: 'asc' } }, { authorId: 'asc' }],
    }),
  'groupBy by the tenant': (p) => p.tag.groupBy({ by: ['tenantId'], _count: { _all: true } }),
  'everything at once': (p) =>
    Promise.all([
      p.book.findMany({ orderBy: BY_TITLE }),
      p.author.count(),
      p.tag.findFirst({ orderBy: { name: 'desc' } }),
      p.author.findUnique({ where: { id: ID.cyd }, include: { manager: true } }),
    ]),
});
