import { cases, ID } from './conformance-case.js';

/** create*, update*, upsert, delete*, with every type of value. */
export const WRITE_CASES = cases('write', {
  'create with every type': (p) =>
    p.book.create({
      data: {
        title: 'All “types” \' " \\ \u{1F4D8}',
        pages: -1,
        sold: 9007199254740993n,
        price: '12345678.91',
        rating: 0.1,
        stocked: false,
        published: new Date('1999-12-31T23:59:59.999Z'),
        printed: new Date('1999-12-31'),
        cover: new Uint8Array([0, 1, 254, 255]),
        meta: { text: 'x', list: [1, 'two', null], deep: { tenantId: ID.nobody } },
        languages: ['a', 'b,c', '"d"'],
      },
    }),
  'create with defaults and null': (p) =>
    p.author.create({ data: { email: 'new@example.test', name: null } }),
  'create with a given id': (p) => p.tag.create({ data: { id: ID.fresh, name: 'fresh' } }),
  'create with select': (p) => p.tag.create({ data: { name: 'fresh' }, select: { name: true } }),
  createMany: (p) => p.tag.createMany({ data: [{ name: 'x' }, { name: 'y' }] }),
  'createMany with skipDuplicates': (p) =>
    p.tag.createMany({ data: [{ name: 'red' }, { name: 'y' }], skipDuplicates: true }),
  'createMany of nothing': (p) => p.tag.createMany({ data: [] }),
  createManyAndReturn: (p) => p.tag.createManyAndReturn({ data: [{ name: 'x' }, { name: 'y' }] }),
  'createManyAndReturn with include': (p) =>
    p.book.createManyAndReturn({
      data: [{ title: 'X', authorId: ID.ada }, { title: 'Y' }],
      include: { author: true },
    }),
  'createManyAndReturn with skipDuplicates': (p) =>
    p.tag.createManyAndReturn({
      data: [{ name: 'red' }, { name: 'y' }],
      skipDuplicates: true,
      select: { name: true },
    }),
  update: (p) => p.author.update({ where: { id: ID.bob }, data: { name: 'Robert', age: null } }),
  'update with further conditions': (p) =>
    p.author.update({ where: { id: ID.bob, age: 20 }, data: { age: { increment: 1 } } }),
  'update with arithmetic': (p) =>
    p.book.update({
      where: { id: ID.sea },
      data: {
        pages: { multiply: 2 },
        sold: { decrement: 3 },
        price: { divide: 2 },
        rating: { increment: 0.25 },
      },
    }),
  'update of a list': (p) =>
    p.book.update({ where: { id: ID.sun }, data: { languages: { push: ['fr'] } } }),
  'update by a composite key': async (p) => {
    const { tenantId } = await p.author.findUniqueOrThrow({
      where: { id: ID.ada },
      select: { tenantId: true },
    });
    return p.author.update({
      where: { tenantId_email: { tenantId, email: 'bob@example.test' } },
      data: { name: 'By e-mail' },
    });
  },
  'update of nothing': (p) => p.author.update({ where: { id: ID.nobody }, data: { name: 'x' } }),
  'update with no data': (p) => p.author.update({ where: { id: ID.ada }, data: {} }),
  'update of the foreign key': (p) =>
    p.book.update({ where: { id: ID.sea }, data: { authorId: ID.bob } }),
  updateMany: (p) => p.book.updateMany({ where: { authorId: ID.ada }, data: { stocked: false } }),
  'updateMany of all': (p) => p.book.updateMany({ data: { pages: { increment: 1 } } }),
  'updateMany of nothing': (p) => p.book.updateMany({ where: { title: 'x' }, data: { pages: 1 } }),
  'updateMany through a relation': (p) =>
    p.book.updateMany({ where: { author: { name: 'Ada' } }, data: { rating: 1 } }),
  'updateMany with a limit': (p) => p.book.updateMany({ data: { stocked: false }, limit: 4 }),
  updateManyAndReturn: async (p) =>
    (
      await p.book.updateManyAndReturn({
        where: { authorId: ID.ada },
        data: { pages: 7 },
        include: { author: true },
      })
    ).sort((x, y) => x.title.localeCompare(y.title)),
  'upsert that creates': (p) =>
    p.tag.upsert({
      where: { id: ID.fresh },
      create: { id: ID.fresh, name: 'fresh' },
      update: { name: 'not' },
    }),
  'upsert that updates': (p) =>
    p.tag.upsert({ where: { id: ID.red }, create: { name: 'not' }, update: { name: 'scarlet' } }),
  'upsert that does nothing': (p) =>
    p.tag.upsert({ where: { id: ID.red }, create: { name: 'not' }, update: {} }),
  'upsert by another unique field, creating': (p) =>
    p.profile.upsert({
      where: { authorId: ID.bob },
      create: { authorId: ID.bob, bio: 'created' },
      update: { bio: 'updated' },
    }),
  'upsert by another unique field, updating': (p) =>
    p.profile.upsert({
      where: { authorId: ID.ada },
      create: { authorId: ID.ada, bio: 'created' },
      update: { bio: 'updated' },
    }),
  'upsert by another unique field, with include': (p) =>
    p.profile.upsert({
      where: { authorId: ID.ada },
      create: { authorId: ID.ada, bio: 'created' },
      update: { bio: 'updated' },
      include: { author: true },
    }),
  'upsert with nested data, creating': (p) =>
    p.author.upsert({
      where: { id: ID.fresh },
      create: { id: ID.fresh, email: 'f@example.test', books: { create: { title: 'New' } } },
      update: {},
      include: { books: true },
    }),
  'upsert with nested data, updating': (p) =>
    p.author.upsert({
      where: { id: ID.ada },
      create: { email: 'x@example.test' },
      update: { books: { create: { title: 'New' }, delete: { id: ID.sea } } },
      include: { books: { orderBy: { title: 'asc' } } },
    }),
  'upsert with a value that others have': (p) =>
    p.tag.upsert({ where: { id: ID.red }, create: { name: 'x' }, update: { name: 'blue' } }),
  delete: (p) => p.book.delete({ where: { id: ID.sea } }),
  'delete with include': (p) =>
    p.book.delete({ where: { id: ID.sea }, include: { author: true, tags: true } }),
  'delete of nothing': (p) => p.book.delete({ where: { id: ID.nobody } }),
  'delete that cascades and sets null': async (p) => {
    await p.author.updateMany({ data: { managerId: null } });
    return p.author.delete({ where: { id: ID.ada } });
  },
  'delete of what others refer to': (p) => p.author.delete({ where: { id: ID.ada } }),
  deleteMany: (p) => p.book.deleteMany({ where: { pages: { gte: 200 } } }),
  'deleteMany of all': (p) => p.tag.deleteMany(),
  'deleteMany through a relation': (p) =>
    p.book.deleteMany({ where: { tags: { some: { name: 'red' } } } }),
  'deleteMany with a limit': (p) => p.tag.deleteMany({ limit: 3 }),
});
