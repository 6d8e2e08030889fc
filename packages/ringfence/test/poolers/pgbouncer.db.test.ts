import { afterAll, beforeAll, describe } from 'vitest';
import type { TestDatabase } from '../../src/testing/index.js';
import { describeClientContract } from '../clients/describe-client-contract.js';
import { DRIZZLE } from '../clients/drizzle-client.js';
import { KYSELY } from '../clients/kysely-client.js';
import { PLAIN_PG_CLIENTS } from '../clients/plain-pg-clients.js';
import { PRISMA } from '../clients/prisma-client.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { type PgBouncer, startPgBouncer, WITHOUT_PGBOUNCER } from './pgbouncer.fixture.js';

const MODES = [
  // Two server connections, so that tenants meet on them.
  { mode: 'transaction', size: 2, clients: [...PLAIN_PG_CLIENTS, PRISMA, DRIZZLE, KYSELY] },
  { mode: 'session', size: 20, clients: [...PLAIN_PG_CLIENTS.slice(0, 1), PRISMA] },
] as const;

describe.skipIf(WITHOUT_PGBOUNCER).each(MODES)(
  `through PgBouncer in $mode mode ${WITHOUT_PGBOUNCER ?? ''}`.trim(),
  ({ mode, size, clients }) => {
    let db: TestDatabase;
    let bouncer: PgBouncer;
    beforeAll(async () => {
      db = await createLibraryDatabase();
      bouncer = await startPgBouncer(db.app, { pool_mode: mode, default_pool_size: size });
    });
    afterAll(async () => {
      await bouncer?.close();
      await db?.drop();
    });
    for (const client of clients) {
      describeClientContract(client, () => ({
        db,
        settings: { connectionString: bouncer.url, pooler: mode },
      }));
    }
  },
);
