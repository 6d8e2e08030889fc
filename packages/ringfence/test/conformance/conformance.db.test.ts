import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantPool } from '../../src/postgres/index.js';
import { statementKind } from '../../src/postgres/statement-kind.js';
import { tenantPrisma } from '../../src/prisma/index.js';
import { leavesNoResidue } from '../../src/sql/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { PrismaClient as JoinsClient } from '../generated/conformance-joins/client.js';
import {
  type ConformanceCase,
  emptyTables,
  PrismaClient,
  readTables,
  seed,
} from './conformance-case.js';
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

/** All SQL of these is Prisma's own. */
const COMPILED_CASES = [...READ_CASES, ...WRITE_CASES, ...NESTED_CASES];
const ALL_CASES = [...COMPILED_CASES, ...RAW_CASES, ...ERROR_CASES, ...TRANSACTION_CASES];

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

/** What the raw and transaction cases write by hand, and may be taken for anything. */
const RAW_SQL = /current_setting|^SELEC 1|;|nowhere/;

const OPTIONS = {
  omit: {
    author: { tenantId: true },
    profile: { tenantId: true },
    book: { tenantId: true },
    tag: { tenantId: true },
  },
} as const;

interface Variant {
  readonly loads: string;
  readonly Client: typeof PrismaClient;
  readonly cases: readonly ConformanceCase[];
  readonly different: Readonly<Record<string, string>>;
}

const VARIANTS: readonly Variant[] = [
  { loads: 'queries', Client: PrismaClient, cases: ALL_CASES, different: DIFFERENT },
  {
    loads: 'joins',
    // The same models; its types only know one more argument.
    Client: JoinsClient as unknown as typeof PrismaClient,
    cases: COMPILED_CASES,
    different: {},
  },
];

let plainDb: TestDatabase;
let db: TestDatabase;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createRingFencedDatabase();
  ({ a, b } = await twoTenants(db));
  plainDb = await createPlainDatabase(a.id);
});
afterAll(async () => {
  await db.drop();
  await plainDb.drop();
});

describe.each(VARIANTS)(
  'with relations loaded by $loads, the ring-fenced client does what plain Prisma does',
  ({ Client, cases, different }) => {
    const statements = new Set<string>();
    let pool: TenantPool;
    let plain: PrismaClient;
    let fenced: PrismaClient;
    let ofB: string;

    beforeAll(async () => {
      const make = (adapter: PrismaPg): PrismaClient => {
        const client = new Client({
          adapter,
          ...OPTIONS,
          log: [{ level: 'query', emit: 'event' }],
        });
        client.$on('query', ({ query }) => statements.add(query));
        return client as unknown as PrismaClient;
      };
      pool = new TenantPool({ connectionString: db.app, max: 4 });
      fenced = tenantPrisma(pool, make);
      plain = make(new PrismaPg({ connectionString: plainDb.app, max: 4 }));
      await withTenant(b, () => refill(fenced));
      ofB = await readAsB();
    });
    afterAll(async () => {
      await plain.$disconnect();
      await pool.end();
    });
    beforeEach(async () => {
      await refill(plain);
      await withTenant(a, () => refill(fenced));
    });

    const readAsB = async (): Promise<string> =>
      outcomeText(await withTenant(b, () => readTables(fenced)), []);

    it.each(cases.filter(({ name }) => !(name in different)))('$name', async ({ run }) => {
      const wanted = await outcomeOf(plain, run);
      const found = await withTenant(a, () => outcomeOf(fenced, run));
      expect(found).toBe(wanted);
      // The other tenant's rows, which have the same ids, were not touched.
      expect(await readAsB()).toBe(ofB);
    });

    it('sends SQL of its own that is known to leave nothing on a connection', () => {
      const own = [...statements].filter((text) => statementKind(text) === 'statement');
      expect(own.length).toBeGreaterThan(100);
      expect(own.filter((text) => !leavesNoResidue(text) && !RAW_SQL.test(text))).toEqual([]);
    });

    it.each(Object.entries(different))('but not: %s: %s', async (name) => {
      const run = cases.find((one) => one.name === name)?.run;
      if (!run) throw new Error('There is no such case.');
      const wanted = await outcomeOf(plain, run);
      const found = await withTenant(a, () => outcomeOf(fenced, run));
      expect(found).not.toBe(wanted);
      expect(await readAsB()).toBe(ofB);
    });
  },
);

async function refill(prisma: PrismaClient): Promise<void> {
  await emptyTables(prisma);
  await seed(prisma);
}

async function outcomeOf(prisma: PrismaClient, run: ConformanceCase['run']): Promise<string> {
  const result = await Promise.resolve()
    .then(() => run(prisma))
    .then(
      (value) => ({ value }),
      (error: unknown) => ({ error: errorShape(error) }),
    );
  return outcomeText({ ...result, tables: await readTables(prisma) }, [a.id]);
}
