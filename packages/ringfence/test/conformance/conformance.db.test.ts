import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantPool } from '../../src/postgres/index.js';
import { tenantPrisma } from '../../src/prisma/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { emptyTables, PrismaClient, readTables, seed } from './conformance-case.js';
import { createPlainDatabase, createRingFencedDatabase } from './conformance-databases.fixture.js';
import { ERROR_CASES } from './error-cases.js';
import { NESTED_CASES } from './nested-cases.js';
import { errorShape, outcomeText } from './normalize-outcome.js';
import { RAW_CASES } from './raw-cases.js';
import { READ_CASES } from './read-cases.js';
import { TRANSACTION_CASES } from './transaction-cases.js';
import { WRITE_CASES } from './write-cases.js';

// Each operation of Prisma is run on a plain client over tables without tenancy, and on the ring-fenced
// client, where another tenant has rows with the very same ids. Results, errors and rows are the same.

const CASES = [
  ...READ_CASES,
  ...WRITE_CASES,
  ...NESTED_CASES,
  ...RAW_CASES,
  ...ERROR_CASES,
  ...TRANSACTION_CASES,
];

/** What differs on purpose, and why. Each is checked to differ still. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'raw: two statements in one':
    'Stacked statements are how injected SQL leaves its transaction; the pool sends one at a time.',
  'transaction: one inside another that is undone alone':
    'Work inside a transaction joins it as a savepoint; plain Prisma takes a second connection.',
  'transaction: a call of the outer client inside':
    'Work inside a transaction joins it; plain Prisma takes a second connection.',
  'transaction: a failure that is swallowed':
    'A transaction that the server has rolled back is not reported as committed.',
  'transaction: calls of one tick of which one fails':
    'A call that Prisma skipped is an error, not an answer of undefined.',
};

let plainDb: TestDatabase;
let db: TestDatabase;
let pool: TenantPool;
let plain: PrismaClient;
let fenced: PrismaClient;
let a: TestTenant;
let b: TestTenant;

const OPTIONS = {
  omit: {
    author: { tenantId: true },
    profile: { tenantId: true },
    book: { tenantId: true },
    tag: { tenantId: true },
  },
} as const;

beforeAll(async () => {
  db = await createRingFencedDatabase();
  ({ a, b } = await twoTenants(db));
  plainDb = await createPlainDatabase(a.id);
  pool = new TenantPool({ connectionString: db.app, max: 4 });
  const make = (adapter: PrismaPg) => new PrismaClient({ adapter, ...OPTIONS }) as PrismaClient;
  fenced = tenantPrisma(pool, make);
  plain = make(new PrismaPg({ connectionString: plainDb.app, max: 4 }));
  await withTenant(b, () => seed(fenced));
});
afterAll(async () => {
  await plain.$disconnect();
  await pool.end();
  await db.drop();
  await plainDb.drop();
});
beforeEach(async () => {
  await emptyTables(plain);
  await seed(plain);
  await withTenant(a, async () => {
    await emptyTables(fenced);
    await seed(fenced);
  });
});

async function outcomeOf(prisma: PrismaClient, run: (p: PrismaClient) => Promise<unknown>) {
  const result = await Promise.resolve()
    .then(() => run(prisma))
    .then(
      (value) => ({ value }),
      (error: unknown) => ({ error: errorShape(error) }),
    );
  return outcomeText({ ...result, tables: await readTables(prisma) }, [a.id]);
}

describe('the ring-fenced client does what plain Prisma does', () => {
  let ofB: string;
  beforeAll(async () => {
    ofB = outcomeText(await withTenant(b, () => readTables(fenced)), []);
  });

  it.each(CASES.filter(({ name }) => !(name in DIFFERENT)))('$name', async ({ run }) => {
    const wanted = await outcomeOf(plain, run);
    const found = await withTenant(a, () => outcomeOf(fenced, run));
    expect(found).toBe(wanted);
    // The other tenant's rows, which have the same ids, were not touched.
    expect(outcomeText(await withTenant(b, () => readTables(fenced)), [])).toBe(ofB);
  });

  it.each(Object.entries(DIFFERENT))('but not: %s: %s', async (name) => {
    const different = CASES.find((one) => one.name === name);
    if (!different) throw new Error('There is no such case.');
    const wanted = await outcomeOf(plain, different.run);
    const found = await withTenant(a, () => outcomeOf(fenced, different.run));
    expect(found).not.toBe(wanted);
    expect(outcomeText(await withTenant(b, () => readTables(fenced)), [])).toBe(ofB);
  });
});
