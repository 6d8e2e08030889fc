import { cases, ID, type PrismaClient } from './conformance-case.js';

const author = (p: PrismaClient, books: object): Promise<unknown> =>
  p.author.update({
    where: { id: ID.ada },
    data: { books },
    include: { books: { orderBy: [{ title: 'asc' }, { pages: 'asc' }] } },
  });
const book = (p: PrismaClient, data: object): Promise<unknown> =>
  p.book.update({
    where: { id: ID.sea },
    data,
    include: { author: true, tags: { orderBy: { name: 'asc' } } },
  });

/** Nested writes of all kinds, over each kind of relation. */
export const NESTED_CASES = cases('nested', {
  'create, to many': (p) => author(p, { create: [{ title: 'X' }, { title: 'Y', pages: 1 }] }),
  'createMany, to many': (p) =>
    author(p, { createMany: { data: [{ title: 'X' }, { title: 'Y' }], skipDuplicates: true } }),
  'connect, to many': (p) => author(p, { connect: [{ id: ID.sun }, { id: ID.orphan }] }),
  'connect to nothing, to many': (p) => author(p, { connect: { id: ID.nobody } }),
  'connectOrCreate, to many': (p) =>
    author(p, {
      connectOrCreate: [
        { where: { id: ID.orphan }, create: { title: 'not' } },
        { where: { id: ID.fresh }, create: { id: ID.fresh, title: 'Fresh' } },
      ],
    }),
  'disconnect, to many': (p) => author(p, { disconnect: { id: ID.sea } }),
  'disconnect of a stranger, to many': (p) => author(p, { disconnect: { id: ID.sun } }),
  'set, to many': (p) => author(p, { set: [{ id: ID.sun }, { id: ID.sky }] }),
  'set to none, to many': (p) => author(p, { set: [] }),
  'update, to many': (p) => author(p, { update: { where: { id: ID.sea }, data: { pages: 1 } } }),
  'update of a stranger, to many': (p) =>
    author(p, { update: { where: { id: ID.sun }, data: { pages: 1 } } }),
  'updateMany, to many': (p) =>
    author(p, { updateMany: { where: { pages: { gt: 100 } }, data: { stocked: false } } }),
  'upsert, to many': (p) =>
    author(p, {
      upsert: [
        { where: { id: ID.sea }, create: { title: 'not' }, update: { title: 'Ocean' } },
        { where: { id: ID.fresh }, create: { title: 'Fresh' }, update: { title: 'not' } },
      ],
    }),
  'delete, to many': (p) => author(p, { delete: [{ id: ID.sea }] }),
  'delete of a stranger, to many': (p) => author(p, { delete: { id: ID.sun } }),
  'deleteMany, to many': (p) => author(p, { deleteMany: [{ pages: 100 }, { title: 'Sky' }] }),
  'several at once, to many': (p) =>
    author(p, {
      create: { title: 'New' },
      connect: { id: ID.orphan },
      disconnect: { id: ID.sky },
      delete: { id: ID.sea },
    }),
  'create, to one': (p) => book(p, { author: { create: { email: 'new@example.test' } } }),
  'connect, to one': (p) => book(p, { author: { connect: { id: ID.bob } } }),
  'connect to nothing, to one': (p) => book(p, { author: { connect: { id: ID.nobody } } }),
  'connectOrCreate, to one': (p) =>
    book(p, {
      author: {
        connectOrCreate: {
          where: { id: ID.fresh },
          create: { id: ID.fresh, email: 'new@example.test' },
        },
      },
    }),
  'disconnect, to one': (p) => book(p, { author: { disconnect: true } }),
  'disconnect with a condition, to one': (p) =>
    book(p, { author: { disconnect: { name: 'Nobody' } } }),
  'update, to one': (p) => book(p, { author: { update: { name: 'Augusta' } } }),
  'upsert, to one': (p) =>
    book(p, {
      author: { upsert: { create: { email: 'x@example.test' }, update: { name: 'Augusta' } } },
    }),
  'delete, to one': (p) =>
    p.book.update({ where: { id: ID.sun }, data: { author: { delete: true } } }),
  'create, many to many': (p) => book(p, { tags: { create: { name: 'new' } } }),
  'connect, many to many': (p) =>
    book(p, { tags: { connect: [{ id: ID.green }, { id: ID.red }] } }),
  'connect to nothing, many to many': (p) => book(p, { tags: { connect: { id: ID.nobody } } }),
  'connectOrCreate, many to many': (p) =>
    book(p, {
      tags: { connectOrCreate: { where: { id: ID.fresh }, create: { name: 'new' } } },
    }),
  'disconnect, many to many': (p) => book(p, { tags: { disconnect: [{ id: ID.red }] } }),
  'set, many to many': (p) => book(p, { tags: { set: [{ id: ID.green }] } }),
  'update, many to many': (p) =>
    book(p, { tags: { update: { where: { id: ID.red }, data: { name: 'scarlet' } } } }),
  'delete, many to many': (p) => book(p, { tags: { delete: { id: ID.red } } }),
  'deleteMany, many to many': (p) => book(p, { tags: { deleteMany: {} } }),
  'create, one to one': (p) =>
    p.author.update({
      where: { id: ID.bob },
      data: { profile: { create: { bio: 'New.' } } },
      include: { profile: true },
    }),
  'create where one exists, one to one': (p) =>
    p.author.update({ where: { id: ID.ada }, data: { profile: { create: { bio: 'New.' } } } }),
  'upsert, one to one': (p) =>
    p.author.update({
      where: { id: ID.ada },
      data: { profile: { upsert: { create: { bio: 'not' }, update: { bio: 'Updated.' } } } },
      include: { profile: true },
    }),
  'connect, one to one': (p) =>
    p.author.update({
      where: { id: ID.bob },
      data: { profile: { connect: { id: ID.profile } } },
      include: { profile: true },
    }),
  'disconnect of what is needed, one to one': (p) =>
    p.author.update({
      where: { id: ID.ada },
      // Not in the types, because the column takes no NULL.
      data: { profile: { disconnect: true } as object },
    }),
  'delete, one to one': (p) =>
    p.author.update({ where: { id: ID.ada }, data: { profile: { delete: true } } }),
  'connect to itself': (p) =>
    p.author.update({
      where: { id: ID.bob },
      data: { manager: { connect: { id: ID.bob } } },
      include: { manager: true },
    }),
  'create four deep': (p) =>
    p.author.create({
      data: {
        email: 'root@example.test',
        profile: { create: { bio: 'Root.' } },
        reports: {
          create: [
            {
              email: 'leaf@example.test',
              books: { create: { title: 'Leaf', tags: { create: [{ name: 'deep' }] } } },
            },
          ],
        },
      },
      include: { profile: true, reports: { include: { books: { include: { tags: true } } } } },
    }),
  'a failure deep inside undoes all of it': (p) =>
    p.author.create({
      data: {
        email: 'root@example.test',
        books: { create: [{ title: 'X', tags: { create: { name: 'red' } } }] },
      },
    }),
});
