import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { TenantPool } from '../../src/postgres/index.js';
import type { PrismaClient } from '../generated/prisma/client.js';

/**
 * One way to write a folder and a note in it, both named `mark`, as one transaction. It is resolved only
 * when the client has said that it is committed.
 */
type Write = (mark: string) => Promise<unknown>;

/** What a kind of work is expected to leave when nothing goes wrong. */
export interface FaultyWork {
  readonly kind: string;
  readonly write: Write;
  /** `both` rows, or `none` because the work undoes itself. */
  readonly leaves: 'both' | 'none';
}

/** Its own undoing; no fault. */
export class Undo extends Error {}

const FOLDER = 'INSERT INTO folders (id, name) VALUES ($1, $2)';
const NOTE = "INSERT INTO notes (folder_id, title, body) VALUES ($1, $2, '')";
const BOTH = `WITH f AS (${FOLDER} RETURNING id)
  INSERT INTO notes (folder_id, title, body) SELECT f.id, $2, '' FROM f`;

/** All kinds of work, over Prisma and plain `pg`. */
export function faultyWork(pool: TenantPool, prisma: PrismaClient): readonly FaultyWork[] {
  const both = (kind: string, write: Write): FaultyWork => ({ kind, write, leaves: 'both' });
  return [
    both('pg, one statement', (mark) => pool.query(BOTH, [randomUUID(), mark])),
    both('pg, transaction()', (mark) => pool.transaction((tx) => twoRows(tx, mark))),
    both('pg, serializable', (mark) =>
      pool.transaction((tx) => twoRows(tx, mark), { isolation: 'serializable' }),
    ),
    both('pg, connect()', (mark) => connected(pool, mark)),
    both('pg, raw SQL that leaves a setting', (mark) =>
      pool.transaction(async (tx) => {
        await tx.query("SELECT set_config('app.note', $1, false)", [mark]);
        await twoRows(tx, mark);
      }),
    ),
    {
      kind: 'pg, undone',
      leaves: 'none',
      write: (mark) =>
        pool.transaction(async (tx) => {
          await twoRows(tx, mark);
          throw new Undo();
        }),
    },
    both('Prisma, nested write', (mark) =>
      prisma.folder.create({
        data: { name: mark, notes: { create: { title: mark, body: '' } } },
      }),
    ),
    both('Prisma, interactive', (mark) =>
      prisma.$transaction(async (tx) => {
        const folder = await tx.folder.create({ data: { name: mark } });
        await tx.note.create({ data: { folderId: folder.id, title: mark, body: '' } });
      }),
    ),
    both('Prisma, batch', (mark) => {
      const id = randomUUID();
      return prisma.$transaction([
        prisma.folder.create({ data: { id, name: mark } }),
        prisma.note.createMany({ data: [{ folderId: id, title: mark, body: '' }] }),
      ]);
    }),
    both('Prisma inside pg', (mark) =>
      pool.transaction(async (tx) => {
        const id = randomUUID();
        await tx.query(FOLDER, [id, mark]);
        await prisma.note.create({ data: { folderId: id, title: mark, body: '' } });
      }),
    ),
    {
      kind: 'Prisma, undone',
      leaves: 'none',
      write: (mark) =>
        prisma.$transaction(async (tx) => {
          const folder = await tx.folder.create({ data: { name: mark } });
          await tx.note.create({ data: { folderId: folder.id, title: mark, body: '' } });
          throw new Undo();
        }),
    },
  ];
}

async function twoRows(
  client: { query(text: string, values: unknown[]): Promise<unknown> },
  mark: string,
): Promise<void> {
  const id = randomUUID();
  await client.query(FOLDER, [id, mark]);
  await client.query(NOTE, [id, mark]);
}

async function connected(pool: TenantPool, mark: string): Promise<void> {
  const client: PoolClient = await pool.connect();
  try {
    await client.query('BEGIN');
    await twoRows(client, mark);
    await client.query('COMMIT');
  } finally {
    // With an open transaction it is not given back but ended.
    client.release();
  }
}
