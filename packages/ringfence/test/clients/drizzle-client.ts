import { eq, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { ContractCase, ContractWork } from './contract-client.js';

const folders = pgTable('folders', {
  tenantId: uuid('tenant_id').notNull().default(sql`ringfence.current_tenant_id()`),
  id: uuid('id').notNull().defaultRandom(),
  name: text('name').notNull(),
});
const notes = pgTable('notes', {
  tenantId: uuid('tenant_id').notNull().default(sql`ringfence.current_tenant_id()`),
  id: uuid('id').notNull().defaultRandom(),
  folderId: uuid('folder_id').notNull(),
  title: text('title').notNull(),
  body: text('body').notNull(),
});

type Database = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete' | 'execute'>;

function workOver(db: Database): ContractWork {
  return {
    add: async (name) => {
      const [row] = await db.insert(folders).values({ name }).returning({ id: folders.id });
      return row?.id ?? '';
    },
    names: async () =>
      (await db.select({ name: folders.name }).from(folders).orderBy(folders.name)).map(
        ({ name }) => name,
      ),
    rename: async (id, name) =>
      (await db.update(folders).set({ name }).where(eq(folders.id, id))).rowCount ?? 0,
    remove: async (id) => (await db.delete(folders).where(eq(folders.id, id))).rowCount ?? 0,
    addFor: (tenantId, name) => db.insert(folders).values({ tenantId, name }),
    addNote: (folderId) => db.insert(notes).values({ folderId, title: 't', body: 'b' }),
    raw: async (query, value) => {
      const [before = '', after = ''] = query.split('$1');
      const parts = sql.join([sql.raw(before), sql`${value}`, sql.raw(after)]);
      return (await db.execute(query.includes('$1') ? parts : sql.raw(query))).rows;
    },
  };
}

export const DRIZZLE: ContractCase = {
  client: 'Drizzle',
  joins: 'with joinable()',
  open: (pool) => {
    const db = drizzle({ client: pool });
    return {
      ...workOver(db),
      transaction: (fn) => pool.joinable(() => db.transaction((tx) => fn(workOver(tx)))),
    };
  },
};
