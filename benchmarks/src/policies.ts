import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { keyringFromEnvironment } from 'ringfence/postgres';
import { BIND_STATEMENT, proveContext } from 'ringfence/sql';
import { startBenchServer } from './bench-server.js';
import { createDatabase } from './databases.js';
import { type DatasetSize, sampleOf, tenantShares } from './dataset.js';
import { median } from './statistics.js';

const SETTING = "nullif(current_setting('app.current_tenant_id', true), '')";

/** Policies that say the same, with what the planner makes of them. `pair`: as shipped, two policies. */
const VARIANTS = [
  { title: 'bare setting', rule: `tenant_id = ${SETTING}::uuid`, pair: false },
  { title: '(select setting)', rule: `tenant_id = (SELECT ${SETTING}::uuid)`, pair: false },
  {
    title: 'signed, single',
    rule: 'tenant_id = (SELECT ringfence.current_tenant_id())',
    pair: false,
  },
  {
    title: 'signed pair (shipped)',
    rule: 'tenant_id = (SELECT ringfence.current_tenant_id())',
    pair: true,
  },
  { title: 'signed, bare f()', rule: 'tenant_id = ringfence.current_tenant_id()', pair: false },
  {
    title: 'compared as text',
    rule: `tenant_id::text = (SELECT ${SETTING})`,
    pair: false,
  },
  { title: 'volatile f()', rule: 'tenant_id = public.volatile_tenant()', pair: false },
] as const;

const OPERATIONS = ['point read', 'list of 50', 'count', 'join of 3', 'insert 1,000'] as const;
type Operation = (typeof OPERATIONS)[number];

/** A result of one policy: time against no row-level security with an explicit filter. */
interface PolicyResult {
  readonly policy: string;
  readonly operation: Operation;
  readonly milliseconds: number;
  readonly ratio: number;
  readonly plan: string;
}

/** Long enough to see, short enough for policies that read the whole table. */
const SLICE_MS = 150;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      tenants: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
      output: { type: 'string', default: 'benchmarks/policies.json' },
    },
  });
  const size = { rows: Number(values.rows), tenants: Number(values.tenants) };
  const server = await startBenchServer();
  process.env.RINGFENCE_TEST_ADMIN_URL = server.adminUrl;
  const database = await createDatabase('proven', size);
  const admin = new pg.Client({ connectionString: database.admin });
  const app = new pg.Client({ connectionString: database.app });
  try {
    await Promise.all([admin.connect(), app.connect()]);
    const results = await comparePolicies(admin, app, size, Number(values.rounds));
    process.stdout.write(`${policyTable(results)}\n`);
    writeFileSync(values.output, `${JSON.stringify({ size, results }, undefined, 1)}\n`);
  } finally {
    await Promise.all([admin.end(), app.end()]);
    await database.drop();
    await server.stop();
  }
}

async function comparePolicies(
  admin: pg.Client,
  app: pg.Client,
  size: DatasetSize,
  rounds: number,
): Promise<PolicyResult[]> {
  const [largest] = tenantShares(size);
  if (!largest) throw new Error('The policy benchmark needs a tenant.');
  const { tenantId, documentId, projectId } = sampleOf(largest, largest.first);
  // Inserts are rolled back and leave dead rows: not where the others read.
  const elsewhere = sampleOf(largest, largest.first + largest.documents - 1).projectId;
  await admin.query(`CREATE FUNCTION public.volatile_tenant() RETURNS uuid LANGUAGE plpgsql VOLATILE
    AS $$ BEGIN RETURN ${SETTING}::uuid; END $$`);
  const key = keyringFromEnvironment().signingKey();
  const binding = [tenantId, proveContext(key, tenantId, Math.ceil(Date.now() / 1000) + 3600)];
  // The filter that a careful application writes by hand, for the runs without row-level security.
  const statements = (also: (table: string) => string): Record<Operation, string> => ({
    'point read': `SELECT * FROM documents d WHERE id = '${documentId}'${also('d')}`,
    'list of 50': `SELECT * FROM documents d WHERE project_id = '${projectId}'${also('d')} LIMIT 50`,
    count: `SELECT count(*) FROM documents d WHERE version = 1${also('d')}`,
    'join of 3': `SELECT count(*) FROM projects p JOIN documents d ON d.project_id = p.id
      JOIN documents e ON e.project_id = p.id WHERE p.id = '${projectId}'${also('p')}${also('d')}${also('e')}`,
    'insert 1,000': `INSERT INTO documents (tenant_id, project_id, title, body)
      SELECT '${tenantId}', '${elsewhere}', 'x', 'y' FROM generate_series(1, 1000)`,
  });
  const guarded = statements(() => '');
  const plain = statements((table) => ` AND ${table}.tenant_id = '${tenantId}'`);
  const results: PolicyResult[] = [];
  for (const { title, rule, pair } of VARIANTS) {
    await setPolicies(admin, rule, pair);
    for (const operation of OPERATIONS) {
      const own: number[] = [];
      const ratios: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const base = await timeOf(admin, plain[operation]);
        const taken = await timeOf(app, guarded[operation], binding);
        own.push(taken);
        ratios.push(base / taken);
      }
      const plan = await planOf(app, guarded[operation], binding);
      const milliseconds = median(own);
      results.push({ policy: title, operation, milliseconds, ratio: median(ratios), plan });
    }
  }
  return results;
}

async function setPolicies(admin: pg.Client, rule: string, pair: boolean): Promise<void> {
  for (const table of ['projects', 'documents']) {
    const guard = pair ? rule : 'true';
    await admin.query(`ALTER POLICY tenant_access ON ${table} USING (${rule}) WITH CHECK (${rule});
      ALTER POLICY tenant_isolation ON ${table} USING (${guard}) WITH CHECK (${guard})`);
  }
}

/** Milliseconds per execution of a prepared statement, all in one bound transaction. */
async function timeOf(client: pg.Client, text: string, binding?: string[]): Promise<number> {
  return inTransaction(client, binding, async () => {
    const name = 'measured';
    await client.query({ name, text });
    const begun = performance.now();
    let executions = 0;
    do {
      await client.query({ name, text });
      executions += 1;
    } while (performance.now() - begun < SLICE_MS);
    const taken = (performance.now() - begun) / executions;
    await client.query('DEALLOCATE measured');
    forget(client, name);
    return taken;
  });
}

/** node-postgres remembers what it has prepared. */
function forget(client: pg.Client, name: string): void {
  const { connection } = client as unknown as {
    connection: { parsedStatements: Record<string, string> };
  };
  delete connection.parsedStatements[name];
}

async function planOf(client: pg.Client, text: string, binding: string[]): Promise<string> {
  return inTransaction(client, binding, async () => {
    const { rows } = await client.query(`EXPLAIN (COSTS OFF) ${text}`);
    const lines: string[] = rows.map((row) => row['QUERY PLAN']);
    return lines.map((line) => line.trimEnd()).join('\n');
  });
}

async function inTransaction<T>(
  client: pg.Client,
  binding: string[] | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await client.query('BEGIN');
  try {
    if (binding) await client.query(BIND_STATEMENT.proven, binding);
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

function policyTable(results: readonly PolicyResult[]): string {
  const head = OPERATIONS.map((operation) => operation.padStart(12)).join('');
  const lines = VARIANTS.map(({ title }) => {
    const cells = OPERATIONS.map((operation) => {
      const found = results.find((each) => each.policy === title && each.operation === operation);
      return `${found?.ratio.toFixed(found.ratio < 0.1 ? 4 : 2) ?? '–'}x`.padStart(12);
    });
    return `${title.padEnd(22)}${cells.join('')}`;
  });
  return [`${''.padEnd(22)}${head}`, ...lines].join('\n');
}

await main();
