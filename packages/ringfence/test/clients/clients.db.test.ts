import { afterAll, beforeAll, describe } from 'vitest';
import type { TestDatabase } from '../../src/testing/index.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { describeClientContract } from './describe-client-contract.js';
import { DRIZZLE } from './drizzle-client.js';
import { KYSELY } from './kysely-client.js';
import { PLAIN_PG_CLIENTS } from './plain-pg-clients.js';
import { PRISMA } from './prisma-client.js';

describe('every client of the tenant pool', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createLibraryDatabase();
  });
  afterAll(() => db.drop());

  for (const client of [...PLAIN_PG_CLIENTS, PRISMA, DRIZZLE, KYSELY]) {
    describeClientContract(client, () => ({ db }));
  }
});
