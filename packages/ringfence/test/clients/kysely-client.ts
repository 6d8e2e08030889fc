import { CompiledQuery, type Generated, Kysely, PostgresDialect } from 'kysely';
import type { ContractCase, ContractWork } from './contract-client.js';

/** The library's test tables, as Kysely wants to hear of them. */
export interface LibraryTables {
  folders: { tenant_id: Generated<string>; id: Generated<string>; name: string };
  notes: {
    tenant_id: Generated<string>;
    id: Generated<string>;
    folder_id: string;
    title: string;
    body: string;
  };
}

function workOver(db: Kysely<LibraryTables>): ContractWork {
  return {
    add: async (name) =>
      (await db.insertInto('folders').values({ name }).returning('id').executeTakeFirstOrThrow())
        .id,
    names: async () =>
      (await db.selectFrom('folders').select('name').orderBy('name').execute()).map(
        ({ name }) => name,
      ),
    rename: async (id, name) =>
      Number(
        (await db.updateTable('folders').set({ name }).where('id', '=', id).executeTakeFirst())
          .numUpdatedRows,
      ),
    remove: async (id) =>
      Number(
        (await db.deleteFrom('folders').where('id', '=', id).executeTakeFirst()).numDeletedRows,
      ),
    addFor: (tenantId, name) =>
      db.insertInto('folders').values({ tenant_id: tenantId, name }).execute(),
    addNote: (folderId) =>
      db.insertInto('notes').values({ folder_id: folderId, title: 't', body: 'b' }).execute(),
    raw: async (text, value) =>
      (await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, [value]))).rows,
  };
}

export const KYSELY: ContractCase = {
  client: 'Kysely',
  joins: 'with joinable()',
  open: (pool) => {
    const db = new Kysely<LibraryTables>({ dialect: new PostgresDialect({ pool }) });
    return {
      ...workOver(db),
      transaction: (fn) => pool.joinable(() => db.transaction().execute((tx) => fn(workOver(tx)))),
    };
  },
};
