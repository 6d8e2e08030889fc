import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { runInTenant } from 'ringfence/context';
import { type TenantTable, tenantTableSql } from 'ringfence/sql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalogViolations } from './catalog-violations.fixture.js';
import type { TestPerson, TestServer } from './server-app.fixture.js';

// Follows the README's "Add a model that belongs to a tenant" on a copy of the server, to the letter.

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SERVER = path.join(ROOT, 'apps/server');
const COPY = path.join(SERVER, '.ringfence', `readme-${process.pid}`);
const MIGRATION = '20261201090000_invoices';

let server: TestServer;
beforeAll(async () => {
  rmSync(COPY, { recursive: true, force: true });
  mkdirSync(COPY, { recursive: true });
  for (const part of ['src', 'test', 'prisma', 'package.json']) {
    cpSync(path.join(SERVER, part), path.join(COPY, part), {
      recursive: true,
      filter: (file) => !file.includes(`${path.sep}generated`) && !/\.test\.ts$/.test(file),
    });
  }
  edit(
    'src/database/tenant-tables.ts',
    "sample_domain': SAMPLE_DOMAIN,\n",
    block('tenant-tables.ts'),
  );
  edit('prisma/schema.prisma', 'model Organization {', block('schema.prisma'), 'before');
  writeFileSync(path.join(COPY, 'src/invoices.controller.ts'), block('invoices.controller.ts'));
  edit('src/app.module.ts', 'module: AppModule,\n', 'controllers: [InvoicesController],\n');
  edit(
    'src/app.module.ts',
    "import type { ServerConfig } from './config.js';\n",
    "import { InvoicesController } from './invoices.controller.js';\n",
  );
  execFileSync(process.execPath, [path.join(ROOT, 'tools/generate.cjs')], { cwd: COPY });

  const tables = (await imported('src/database/tenant-tables.ts')) as {
    TABLE_MIGRATIONS: Record<string, TenantTable[]>;
  };
  const sql = tables.TABLE_MIGRATIONS[MIGRATION]?.map((table) => tenantTableSql(table)) ?? [];
  mkdirSync(path.join(COPY, 'prisma/migrations', MIGRATION));
  writeFileSync(path.join(COPY, 'prisma/migrations', MIGRATION, 'migration.sql'), sql.join('\n\n'));
  const fixture = (await imported('test/server-app.fixture.ts')) as {
    startTestServer(): Promise<TestServer>;
  };
  server = await fixture.startTestServer();
});
afterAll(async () => {
  await server?.stop();
  rmSync(COPY, { recursive: true, force: true });
});

/** The README's block for one file. */
function block(file: string): string {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const found = new RegExp(`\`\`\`\\w+ file=\\S*${file}\n([\\s\\S]*?)\`\`\``).exec(readme);
  if (!found?.[1]) throw new Error(`The README has no block for ${file}.`);
  return found[1];
}

function edit(file: string, at: string, text: string, where: 'after' | 'before' = 'after'): void {
  const full = path.join(COPY, file);
  const old = readFileSync(full, 'utf8');
  expect(old).toContain(at);
  writeFileSync(
    full,
    old.replace(at, () => (where === 'after' ? at + text : text + at)),
  );
}

const imported = (file: string): Promise<unknown> =>
  import(/* @vite-ignore */ pathToFileURL(path.join(COPY, file)).href);

async function invoicesSeenBy(person: TestPerson): Promise<unknown[]> {
  const answer = await server.app.inject({
    url: '/invoices',
    headers: { authorization: `Bearer ${person.token}` },
  });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

it('compiles', () => {
  const config = path.join(COPY, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({ extends: path.join(ROOT, 'tsconfig.test.json'), include: ['src'] }),
  );
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', config], { stdio: 'pipe' });
});

it('shows each tenant its own invoices and no other', async () => {
  const { a, b } = server;
  const prisma = server.prisma as unknown as Record<
    string,
    { create(args: object): Promise<{ id: string }> }
  >;
  for (const [{ tenant }, amountCents] of [
    [a.owner, 100],
    [b.owner, 200],
  ] as const) {
    await runInTenant(tenant.id, async () => {
      const organization = await prisma.organization?.create({ data: { name: 'O' } });
      const data = { name: 'P', organizationId: organization?.id };
      const project = await prisma.project?.create({ data });
      await prisma.invoice?.create({ data: { projectId: project?.id, amountCents } });
    });
  }
  expect(await invoicesSeenBy(a.viewer)).toEqual([{ id: expect.any(String), amountCents: 100 }]);
  expect(await invoicesSeenBy(b.viewer)).toEqual([{ id: expect.any(String), amountCents: 200 }]);
});

it('is protected as every other table', async () => {
  const admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
  const { rows } = await admin.query("SELECT FROM pg_tables WHERE tablename = 'invoices'");
  expect(rows).toHaveLength(1);
  expect(await catalogViolations(admin)).toEqual([]);
  await admin.end();
});
