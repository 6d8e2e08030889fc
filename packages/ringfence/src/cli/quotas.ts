import { parseArgs } from 'node:util';
import { parseTenantId, runInTenant, tenantContext } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import {
  keyringFromEnvironment,
  keyringFromFile,
  OperatorPool,
  TenantPool,
} from '../postgres/index.js';
import {
  CLEAR_TENANT_QUOTA_STATEMENT,
  MEASURE_QUOTAS_STATEMENT,
  RECONCILE_QUOTAS_STATEMENT,
  SET_PLAN_QUOTA_STATEMENT,
  SET_TENANT_PLAN_STATEMENT,
  SET_TENANT_QUOTA_STATEMENT,
} from '../sql/index.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence quotas list | set | plan | verify | reconcile

  list       what the plans allow, and what tenants have and may have
  set        how much of --quota NAME there may be: --allow NUMBER, or --allow unlimited
               for every tenant of --plan NAME ("default" for those that are on none), or
               for --tenant ID whatever its plan says; --allow inherit: what the plan says again
  plan       puts --tenant ID on --plan NAME
  verify     compares counters with rows, tenant by tenant, each in one snapshot
  reconcile  sets counters to what the rows say, where they differ; waits for the writers of a tenant

  --url URL        a login of the operator role (DATABASE_OPERATOR_URL)
  --keyring FILE   verify, reconcile: proves the tenants that are bound in turn (RINGFENCE_CONTEXT_KEYS_FILE)
  --tenant ID      list, verify, reconcile: only this one
  --reason TEXT    set, plan, reconcile: why; stands in the platform's log
  --apply          do it; without it, only say what would be done
  --json           one JSON document instead of lines

Exit codes: 0 done, and counters are true; 1 counters differ from rows; 2 it could not run.`;

type Values = ReturnType<typeof parse>['values'];

/** `ringfence quotas`: what tenants may have, what they have, and whether the counters are true. */
export async function quotasCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  const [verb] = positionals;
  if (values.help || verb === undefined) {
    terminal.out(USAGE);
    return values.help ? 0 : 2;
  }
  const run = { list, set, plan: setPlan, verify, reconcile: verify }[verb];
  if (!run) throw invalid(`No command quotas ${verb}.`);
  const url = values.url ?? need(terminal.env.DATABASE_OPERATOR_URL, '--url');
  const operator = new OperatorPool({ connectionString: url, max: 1 });
  try {
    return await run({ values, terminal, operator, url, repair: verb === 'reconcile' });
  } finally {
    await operator.end();
  }
}

interface Work {
  readonly values: Values;
  readonly terminal: Terminal;
  readonly operator: OperatorPool;
  readonly url: string;
  readonly repair: boolean;
}

const LIST_PLANS = 'SELECT plan, quota, allowed FROM ringfence.quota_plans ORDER BY plan, quota';
const LIST_TENANTS = `SELECT t.id AS tenant, t.slug, coalesce(p.plan, 'default') AS plan, q.name AS quota,
    coalesce((SELECT sum(u.used) FROM ringfence.quota_usage AS u
      WHERE u.tenant = t.id AND u.quota = q.name), 0)::bigint AS used,
    CASE WHEN o.tenant IS NULL THEN l.allowed ELSE o.allowed END AS allowed
  FROM ringfence.tenants AS t CROSS JOIN ringfence.quotas AS q
  LEFT JOIN ringfence.tenant_plans AS p ON p.tenant = t.id
  LEFT JOIN ringfence.quota_plans AS l ON l.plan = coalesce(p.plan, 'default') AND l.quota = q.name
  LEFT JOIN ringfence.tenant_quotas AS o ON o.tenant = t.id AND o.quota = q.name
  WHERE $1::uuid IS NULL OR t.id = $1
  ORDER BY t.slug, q.name`;

interface TenantQuota {
  readonly slug: string;
  readonly plan: string;
  readonly quota: string;
  readonly used: string;
  readonly allowed: string | null;
}

async function list({ values, terminal, operator }: Work): Promise<ExitCode> {
  const [plans, tenants] = await operator.run('list quotas', async (db) => [
    (await db.query<{ plan: string; quota: string; allowed: string | null }>(LIST_PLANS)).rows,
    (await db.query<TenantQuota>(LIST_TENANTS, [tenantOf(values) ?? null])).rows,
  ]);
  if (values.json) {
    terminal.out(JSON.stringify({ plans, tenants }));
    return 0;
  }
  for (const { plan, quota, allowed } of plans) {
    terminal.out(`plan ${plan}: ${quota} ${allowed ?? 'unlimited'}`);
  }
  for (const { slug, plan, quota, used, allowed } of tenants) {
    terminal.out(`${slug} (${plan}): ${quota} ${used} of ${allowed ?? 'unlimited'}`);
  }
  return 0;
}

function set(work: Work): Promise<ExitCode> {
  const { quota: name, allow, plan } = work.values;
  const quota = need(name, '--quota');
  const allowed = need(allow, '--allow');
  const tenant = tenantOf(work.values);
  if ((tenant === undefined) === (plan === undefined)) throw invalid('Give --plan or --tenant.');
  const whose = tenant === undefined ? `plan ${plan}` : `tenant ${tenant}`;
  const what = `${whose}: ${quota} ${allowed}`;
  if (allowed === 'inherit') {
    if (tenant === undefined) throw invalid('Only a tenant inherits.');
    return change(work, what, CLEAR_TENANT_QUOTA_STATEMENT, [tenant, quota]);
  }
  if (allowed !== 'unlimited' && !/^\d{1,15}$/.test(allowed)) {
    throw invalid('--allow must be a number, unlimited or inherit.');
  }
  const amount = allowed === 'unlimited' ? null : allowed;
  return tenant === undefined
    ? change(work, what, SET_PLAN_QUOTA_STATEMENT, [plan, quota, amount])
    : change(work, what, SET_TENANT_QUOTA_STATEMENT, [tenant, quota, amount]);
}

function setPlan(work: Work): Promise<ExitCode> {
  const tenant = need(tenantOf(work.values), '--tenant');
  const plan = need(work.values.plan, '--plan');
  return change(work, `tenant ${tenant}: plan ${plan}`, SET_TENANT_PLAN_STATEMENT, [tenant, plan]);
}

async function change(
  { values, terminal, operator }: Work,
  what: string,
  statement: string,
  parameters: unknown[],
): Promise<ExitCode> {
  if (!values.apply) {
    terminal.out(`${what}. Nothing was done: add --apply.`);
    return 0;
  }
  await operator.run(values.reason ?? 'set quotas', (db) => db.query(statement, parameters));
  terminal.out(what);
  return 0;
}

interface Difference {
  readonly tenant: string;
  readonly slug: string;
  readonly quota: string;
  readonly counted: string;
  readonly actual: string;
}

async function verify({ values, terminal, operator, url, repair }: Work): Promise<ExitCode> {
  const { rows: tenants } = await operator.run('verify quotas', (db) =>
    db.query<{ id: string; slug: string }>(
      'SELECT id, slug FROM ringfence.tenants WHERE $1::uuid IS NULL OR id = $1 ORDER BY slug',
      [tenantOf(values) ?? null],
    ),
  );
  const keyring = values.keyring
    ? keyringFromFile(values.keyring)
    : keyringFromEnvironment(terminal.env);
  const reason = values.reason ?? 'verify quotas';
  const pool = new TenantPool({
    connectionString: url,
    keyring,
    max: 1,
    application_name: `operator: ${reason}`.slice(0, 63),
  });
  const applied = repair && values.apply === true;
  const statement = applied ? RECONCILE_QUOTAS_STATEMENT : MEASURE_QUOTAS_STATEMENT;
  const differences: Difference[] = [];
  try {
    for (const { id, slug } of tenants) {
      const context = tenantContext(parseTenantId(id), { kind: 'system', reason });
      const { rows } = await runInTenant(context, () => pool.query(statement));
      for (const { quota, counted, actual } of rows as Difference[]) {
        if (counted !== actual) differences.push({ tenant: id, slug, quota, counted, actual });
      }
    }
  } finally {
    await pool.end();
  }
  if (values.json) terminal.out(JSON.stringify({ tenants: tenants.length, applied, differences }));
  else {
    for (const { slug, quota, counted, actual } of differences) {
      terminal.out(`${slug}: ${quota} was counted as ${counted} and is ${actual}`);
    }
    const done = applied ? ', set right' : repair && differences.length > 0 ? ': add --apply' : '';
    terminal.out(`${tenants.length} tenants, ${differences.length} counters that differ${done}`);
  }
  return differences.length > 0 && !applied ? 1 : 0;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        keyring: { type: 'string' },
        tenant: { type: 'string' },
        plan: { type: 'string' },
        quota: { type: 'string' },
        allow: { type: 'string' },
        reason: { type: 'string' },
        apply: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function tenantOf({ tenant }: Values): string | undefined {
  return tenant === undefined ? undefined : parseTenantId(tenant);
}

function need<T>(value: T | undefined, name: string): T {
  if (value !== undefined && value !== '') return value;
  throw invalid(`Give ${name}.`);
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}
