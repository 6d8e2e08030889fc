import type { Prisma } from '../generated/prisma/client.js';
import { libraryPrisma } from '../library-prisma.fixture.js';
import type { ContractCase, ContractWork } from './contract-client.js';

function workOver(prisma: Prisma.TransactionClient): ContractWork {
  return {
    add: async (name) => (await prisma.folder.create({ data: { name } })).id,
    names: async () =>
      (await prisma.folder.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name),
    rename: async (id, name) =>
      (await prisma.folder.updateMany({ where: { id }, data: { name } })).count,
    remove: async (id) => (await prisma.folder.deleteMany({ where: { id } })).count,
    // Raw: the client itself refuses such data before anything is sent.
    addFor: (tenantId, name) =>
      prisma.$executeRaw`INSERT INTO folders (tenant_id, name) VALUES (${tenantId}::uuid, ${name})`,
    addNote: (folderId) => prisma.note.create({ data: { folderId, title: 't', body: 'b' } }),
    raw: (text, value) => prisma.$queryRawUnsafe(text, value),
  };
}

export const PRISMA: ContractCase = {
  client: 'Prisma',
  joins: 'by itself',
  open: (pool) => {
    const { prisma } = libraryPrisma(pool);
    return {
      ...workOver(prisma),
      transaction: (fn) => prisma.$transaction((tx) => fn(workOver(tx))),
    };
  },
};
