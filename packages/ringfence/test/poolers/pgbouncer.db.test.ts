import { afterAll, beforeAll, describe } from 'vitest';
import type { TestDatabase } from '../../src/testing/index.js';
import { describeClientContract } from '../clients/describe-client-contract.js';
import { DRIZZLE } from '../clients/drizzle-client.js';
import { PLAIN_PG_CLIENTS } from '../clients/plain-pg-clients.js';
import { PRISMA } from '../clients/prisma-client.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { type PgBouncer, startPgBouncer, WITHOUT_PGBOUNCER } from './pgbouncer.fixture.js';

describe.skipIf(WITHOUT_PGBOUNCER)(
  `through PgBouncer in transaction mode ${WITHOUT_PGBOUNCER ?? ''}`.trim(),
  () => {
    let db: TestDatabase;
    let bouncer: PgBouncer;
    beforeAll(async () => {
      db = await createLibraryDatabase();
      bouncer = await startPgBouncer(db.app);
    });
    afterAll(async () => {
      await bouncer?.close();
      await db?.drop();
    });
    for (const client of [...PLAIN_PG_CLIENTS, PRISMA, DRIZZLE]) {
      describeClientContract(client, () => ({
        db,
        settings: { connectionString: bouncer.url, pooler: 'transaction' },
      }));
    }
  },
);
