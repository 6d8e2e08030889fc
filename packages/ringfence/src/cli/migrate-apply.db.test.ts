import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runInTenant, type TenantId } from '../context/index.js';
import { MigrationDesk } from '../migration/index.js';
import { type RolloutFixture, rolloutFixture } from '../migration/runner/rollout.fixture.js';
import { OperatorPool, TenantPool } from '../postgres/index.js';
import { main } from './main.js';

const RINGS = JSON.stringify({
  rings: [
    { name: 'first', select: { list: ['t-first'] } },
    { name: 'rest', select: { share: 1 } },
  ],
  contract: { soak: '0s', needs: '2.0.0' },
});

let fixture: RolloutFixture;
let tenants: TenantId[];
let operator: OperatorPool;
beforeEach(async () => {
  fixture = await rolloutFixture({
    'meta.json': RINGS,
    // Passes the linter, which the command line never leaves out.
    'contract.sql':
      'DROP TRIGGER folders_slug ON public.folders; DROP FUNCTION public.folders_slug();',
  });
  tenants = (await fixture.tenants(5, 30, 0)) as TenantId[];
  await fixture.admin.query("UPDATE ringfence.tenants SET slug = 't-first' WHERE id = $1", [
    tenants[0],
  ]);
  operator = new OperatorPool({ connectionString: fixture.db.operator, max: 2 });
});
afterEach(async () => {
  await operator?.end();
  await fixture?.drop();
});

async function run(verb: string, ...args: string[]) {
  const out: string[] = [];
  const code = await main(
    [
      'migrate',
      verb,
      fixture.migration.name,
      '--folder',
      path.dirname(fixture.migration.folder),
      ...args,
    ],
    {
      env: { ...process.env, DATABASE_MIGRATION_URL: fixture.db.migration },
      out: (line) => out.push(line),
    },
  );
  const documents = out.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return { code, out, documents };
}

const ann = ['--as', 'ann'];
const status = async () => (await fixture.ledger.status(fixture.migration.name))[0];
const switched = async (): Promise<string[]> =>
  (await fixture.ledger.tenants(fixture.migration.name, { states: ['switched'] })).map(
    ({ tenant }) => tenant,
  );

describe('ringfence migrate apply', () => {
  it('says what it would do, and does nothing', async () => {
    const { code, out } = await run('apply', ...ann);
    expect(code).toBe(0);
    expect(out).toEqual([
      `${fixture.migration.name}: not begun`,
      '  expand the schema: expand.sql',
      '  ring first: backfill.sql, verify.sql, switch',
      '  ring rest: backfill.sql, verify.sql, switch',
      '  and, asked for by itself when it has soaked: ringfence migrate contract',
      'Nothing was done: add --apply.',
    ]);
    expect(await status()).toBeUndefined();
    const { rows } = await fixture.admin.query(
      "SELECT FROM information_schema.columns WHERE table_name = 'folders' AND column_name = 'slug'",
    );
    expect(rows).toEqual([]);
  });

  it('goes through all rings until it soaks, in the name of whoever began it, and again does nothing', async () => {
    const { code, out } = await run('apply', ...ann, '--apply');
    expect(code, out.join('\n')).toBe(0);
    expect(out).toContain(`${fixture.migration.name}: soaking`);
    expect(out).toContain('ring first: passed');
    expect(out.join('\n')).toContain('100 %  3 of 3 tenants switched');
    expect(await fixture.compare()).toEqual({ wrong: 0, all: 35 });
    const acts = await fixture.ledger.acts(fixture.migration.name);
    expect(new Set(acts.map(({ actor }) => actor))).toEqual(new Set(['ann']));
    const before = acts.length;
    expect((await run('apply', ...ann, '--apply')).code).toBe(0);
    expect(await fixture.ledger.acts(fixture.migration.name)).toHaveLength(before);
  });

  it('migrates one tenant and nobody else, then one ring, then the rest', async () => {
    const [, big] = tenants as [TenantId, TenantId];
    expect((await run('apply', ...ann, '--tenant', big, '--apply')).code).toBe(0);
    expect(await switched()).toEqual([big]);
    expect((await run('apply', ...ann, '--ring', 'first', '--apply')).code).toBe(0);
    expect((await switched()).sort()).toEqual([tenants[0], big].sort());
    expect((await run('apply', ...ann, '--ring', 'misspelt', '--apply')).code).toBe(2);
    expect((await run('apply', ...ann, '--apply')).code).toBe(0);
    expect(await switched()).toHaveLength(3);
    expect(await fixture.compare()).toEqual({ wrong: 0, all: 35 });
  });

  it('says as JSON what happened, one event per line, and at last where it stands', async () => {
    const { documents } = await run('apply', ...ann, '--apply', '--json');
    const kinds = new Set(documents.map(({ kind }) => kind));
    expect(kinds).toContain('ring');
    expect(documents.at(-1)).toMatchObject({
      kind: 'status',
      state: 'soaking',
      tenants: { switched: 3 },
    });
  });

  it('is held, with exit code 1, by a tenant whose rows fail; the others are switched', async () => {
    await fixture.admin.query(
      `CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE EXCEPTION 'row says secret-value'; END $$;
       CREATE TRIGGER zz_refuse BEFORE UPDATE ON public.folders FOR EACH ROW
         WHEN (OLD.tenant_id = '${tenants[1]}') EXECUTE FUNCTION public.refuse();`,
    );
    const { code, out } = await run('apply', ...ann, '--apply');
    expect(code).toBe(1);
    expect(out.join('\n')).toMatch(/held/);
    expect(out.join('\n')).toContain(`${tenants[1]}  quarantined`);
    expect(out.join('\n')).toContain('P0001');
    expect(out.join('\n')).not.toContain('secret-value');
    expect((await switched()).sort()).toEqual([tenants[0], tenants[2]].sort());
    await expect(
      run('apply', ...ann, '--tenant', tenants[1] as string, '--apply'),
    ).resolves.toMatchObject({ code: 2 });
  });

  it('begins nothing while the stop file is there, and stops when it comes', async () => {
    const file = path.join(path.dirname(fixture.migration.folder), 'stop');
    writeFileSync(file, '');
    const stopped = await run('apply', ...ann, '--apply', '--stop-file', file);
    expect(stopped.code).toBe(1);
    expect(stopped.out[0]).toBe(`stopping at the next batch: the file ${file}`);
    expect(await status()).toBeUndefined();
    rmSync(file);
    expect((await run('apply', ...ann, '--apply', '--stop-file', file)).code).toBe(0);
  });
});

describe('ringfence migrate contract', () => {
  const contract = (...more: string[]) => run('contract', ...ann, ...more);
  const report = (node: string, version: string) =>
    fixture.admin.query(
      'INSERT INTO ringfence.migration_nodes (node, version) VALUES ($1, $2) ON CONFLICT (node) DO UPDATE SET version = excluded.version',
      [node, version],
    );

  it('refuses while a tenant is not switched, a node is old, or it has not soaked; then does it', async () => {
    await run('apply', ...ann, '--tenant', tenants[0] as string, '--apply');
    const early = await contract('--apply');
    expect(early.code).toBe(1);
    expect(early.out.join('\n')).toMatch(/2 tenants are not switched/);
    await run('apply', ...ann, '--apply');

    await report('node-1', '1.9.9');
    await report('node-2', '2.0.0');
    const old = await contract('--apply', '--json');
    expect(old).toMatchObject({ code: 1, documents: [{ applied: false }] });
    expect(old.documents[0].blockers).toEqual([
      'Node node-1 is of version 1.9.9; 2.0.0 is needed.',
    ]);
    await report('node-1', '2.0.1');

    await fixture.admin.query(
      "UPDATE ringfence.migrations SET soak_until = clock_timestamp() + interval '1 hour'",
    );
    expect((await contract('--apply')).out.join('\n')).toMatch(/It soaks until/);
    await fixture.admin.query('UPDATE ringfence.migrations SET soak_until = clock_timestamp()');

    expect(await contract()).toMatchObject({ code: 0 });
    expect((await status())?.state).toBe('soaking');
    const done = await contract('--apply');
    expect(done).toMatchObject({ code: 0 });
    expect((await status())?.state).toBe('contracted');
    expect((await run('rollback', ...ann, '--apply')).code).toBe(2);
  });
});

describe('asking and running are two', () => {
  it('an operator asks, a runner elsewhere does it, and new tenants are born switched', async () => {
    await fixture.runner().expand();
    const desk = new MigrationDesk({ operator });
    const [one] = tenants as [TenantId];
    const name = fixture.migration.name;
    const asked = desk.applyToTenant(one, name, { actor: 'ann', reason: 'they asked for it' });
    const stop = new AbortController();
    const running = fixture.runner().roll(stop.signal, { start: false, watch: true });
    expect(await asked).toMatchObject({ tenant: one, state: 'switched' });
    expect(await switched()).toEqual([one]);

    const { rows } = await fixture.admin.query<{ id: TenantId }>(
      "INSERT INTO ringfence.tenants (slug, name) VALUES ('born-later', 'L') RETURNING id",
    );
    const born = rows[0]?.id as TenantId;
    const pool = new TenantPool({ connectionString: fixture.db.app, max: 1 });
    expect(await runInTenant(born, () => pool.switchedMigrations())).toEqual([name]);
    await runInTenant(born, () => pool.query("INSERT INTO folders (name) VALUES ('New')"));
    const { rows: made } = await runInTenant(born, () => pool.query('SELECT slug FROM folders'));
    expect(made).toEqual([{ slug: 'new' }]);
    expect(await runInTenant(tenants[1] as TenantId, () => pool.switchedMigrations())).toEqual([]);
    await pool.end();

    expect(await desk.applyToRing(name, 'first', { actor: 'ann' })).toMatchObject({
      state: 'passed',
    });
    stop.abort();
    await running;
  });

  it('says so when nobody does it, when it is stopped, and when it failed', async () => {
    const desk = new MigrationDesk({ operator });
    const name = fixture.migration.name;
    const apply = (timeoutMs: number) =>
      desk.applyToTenant(tenants[0] as string, name, { actor: 'ann', timeoutMs });
    await expect(apply(100)).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
    await fixture.runner().expand();
    await expect(apply(100)).rejects.toMatchObject({ code: 'MIGRATION_UNDER_WAY' });
    await desk.ask({ act: 'pause', migration: name, actor: 'ann', reason: 'lunch' });
    await expect(apply(10_000)).rejects.toMatchObject({
      code: 'MIGRATION_STOPPED',
      detail: 'It is paused: lunch.',
    });
    await desk.ask({ act: 'resume', migration: name, actor: 'ann' });
    await desk.ask({
      act: 'skip',
      migration: name,
      actor: 'ann',
      tenant: tenants[0] as string,
      reason: 'leaves',
    });
    await expect(apply(10_000)).rejects.toMatchObject({
      code: 'MIGRATION_TENANT_FAILED',
      detail: expect.stringContaining('SKIPPED'),
    });
    await expect(
      desk.applyToTenant('00000000-0000-4000-8000-000000000000', name, { actor: 'ann' }),
    ).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
  });

  it('carries out in the same process where it is given a runner, and says what broke it', async () => {
    await fixture.runner().expand();
    const desk = new MigrationDesk({
      operator,
      runner: (_name, until) => fixture.runner().roll(until, { start: false, watch: true }),
    });
    const [one] = tenants as [TenantId];
    expect(await desk.applyToTenant(one, fixture.migration.name, { actor: 'ann' })).toMatchObject({
      state: 'switched',
    });
    const broken = new MigrationDesk({
      operator,
      runner: () => Promise.reject(new Error('no keyring')),
    });
    await expect(
      broken.applyToTenant(tenants[1] as string, fixture.migration.name, { actor: 'ann' }),
    ).rejects.toThrow('no keyring');
  });

  it('does what was asked for meanwhile with `run`, and nothing else', async () => {
    await fixture.runner().expand();
    const name = fixture.migration.name;
    const desk = new MigrationDesk({ operator });
    await desk.ask({ act: 'request', migration: name, actor: 'ann', ring: 'first' });
    const file = path.join(path.dirname(fixture.migration.folder), 'stop');
    const dry = await main(['migrate', 'run', '--folder', path.dirname(fixture.migration.folder)], {
      env: { ...process.env, DATABASE_MIGRATION_URL: fixture.db.migration },
      out: (line) => expect(line).toMatch(/would carry out|Nothing was done/),
    });
    expect(dry).toBe(0);
    const out: string[] = [];
    const running = main(
      [
        ...['migrate', 'run', '--watch', '--apply', '--as', 'runner', '--stop-file', file],
        ...['--folder', path.dirname(fixture.migration.folder)],
      ],
      {
        env: { ...process.env, DATABASE_MIGRATION_URL: fixture.db.migration },
        out: (line) => out.push(line),
      },
    );
    await vi.waitFor(async () => expect(await switched()).toEqual([tenants[0]]), {
      timeout: 20_000,
      interval: 100,
    });
    writeFileSync(file, '');
    expect(await running).toBe(0);
    expect(out.at(-1)).toMatch(/stopping at the next batch/);
  });
});
