import { cases, ID } from './conformance-case.js';

/** Everything that goes wrong, by Prisma's codes. */
export const ERROR_CASES = cases('error', {
  'P2002 on create': (p) => p.tag.create({ data: { name: 'red' } }),
  'P2002 on an id': (p) => p.tag.create({ data: { id: ID.red, name: 'x' } }),
  'P2002 on update': (p) => p.tag.update({ where: { id: ID.red }, data: { name: 'blue' } }),
  'P2002 on createMany': (p) => p.tag.createMany({ data: [{ name: 'x' }, { name: 'x' }] }),
  'P2003 on create': (p) => p.profile.create({ data: { authorId: ID.nobody, bio: 'x' } }),
  'P2003 on update': (p) => p.book.update({ where: { id: ID.sea }, data: { authorId: ID.nobody } }),
  'P2003 on delete': (p) => p.author.deleteMany({ where: { id: ID.ada } }),
  'P2011 null where none may be': (p) => p.$executeRaw`UPDATE books SET title = NULL`,
  'P2025 on connect': (p) =>
    p.profile.create({ data: { bio: 'x', author: { connect: { id: ID.nobody } } } }),
  'a CHECK': (p) => p.author.update({ where: { id: ID.ada }, data: { age: -1 } }),
  'a number out of range': (p) => p.book.update({ where: { id: ID.sea }, data: { price: 1e12 } }),
  'an integer out of range': (p) =>
    p.book.update({ where: { id: ID.sea }, data: { pages: { multiply: 2 ** 30 } } }),
  'a NUL in a text': (p) => p.tag.create({ data: { name: 'a\0b' } }),
  'an id that is none': (p) => p.tag.findUnique({ where: { id: 'x' } }),
  'an id that is none, on create': (p) => p.tag.create({ data: { id: 'x', name: 'x' } }),
  'an unknown field': (p) => p.tag.findMany({ where: { nope: 1 } as object }),
  'an unknown field in data': (p) => p.tag.create({ data: { name: 'x', nope: 1 } as never }),
  'a missing field': (p) => p.tag.create({ data: {} as never }),
  'a value of the wrong type': (p) => p.tag.create({ data: { name: 1 as never } }),
  'an unknown value of an enum': (p) =>
    p.author.findMany({ where: { shelf: 'cookery' as 'fiction' } }),
  'an invalid date': (p) => p.book.findMany({ where: { published: new Date('x') } }),
  'select and include together': (p) =>
    p.book.findMany({ select: { id: true }, include: { tags: true } } as object),
  'an empty select': (p) => p.book.findMany({ select: {} }),
  'findUnique without a unique': (p) => p.tag.findUnique({ where: {} as never }),
  'undefined in where': (p) => p.tag.count({ where: { name: undefined as never } }),
});
