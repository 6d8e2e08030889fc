import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useAuditLog } from '../audit-log/audit-log.fixture.js';
import { runInTenant } from '../context/index.js';
import type { TenantPool } from '../postgres/index.js';
import type { TestDatabase, TestTenant } from '../testing/index.js';

let db: TestDatabase;
let admin: pg.Client;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;
let folder: string;
let checkpoints: string;

const { log, run, sealOnce, seal, verify, write, tamper, twoSeals } = useAuditLog();
beforeAll(() => {
  ({ db, admin, pool, folder, checkpoints } = log);
});
beforeEach(() => {
  ({ a, b } = log);
});

describe('a superuser', () => {
  it('who does nothing is not accused, and what is not sealed yet is named', async () => {
    await twoSeals(a);
    await write(b, 'not yet');
    expect(await verify(b)).toMatchObject({ code: 0, found: [], unsealed: 1 });
    const { out } = await run('verify', '--tenant', b.id, '--checkpoints', checkpoints);
    expect(out.join('\n')).toMatch(new RegExp(`gap: ${b.id}: 1 rows since .* not sealed yet`));
  });

  it('who deletes a sealed row is found, and so is the row', async () => {
    const ids = await twoSeals(a);
    await twoSeals(b);
    expect(await tamper('DELETE FROM ringfence.audit_log WHERE id = $1', [ids[1]])).toBe(1);
    expect(await verify(a)).toMatchObject({
      code: 1,
      found: [{ kind: 'row-deleted', seal: 1, row: ids[1] }],
    });
    expect(await verify(b)).toMatchObject({ code: 0, found: [] });
  });

  it.each([
    ["actor_id = 'somebody else'"],
    ["created_at = created_at - interval '1 hour'"],
    ["details = '{}'"],
    ["action = 'update'"],
    ["changed = '{name}'"],
    ['object_id = gen_random_uuid()'],
    ["login = 'nobody'"],
    ["request_id = 'another'"],
  ])('who alters a sealed row is found: %s', async (change) => {
    const ids = await twoSeals(a);
    await tamper(`UPDATE ringfence.audit_log SET ${change} WHERE id = $1`, [ids[3]]);
    expect(await verify(a)).toMatchObject({
      code: 1,
      found: [{ kind: 'row-altered', seal: 2, row: ids[3] }],
    });
  });

  it('who puts a row in behind the seals is found', async () => {
    const ids = await twoSeals(a);
    const forged = '00000000-0000-4000-8000-00000000f00d';
    await tamper(
      `INSERT INTO ringfence.audit_log (tenant_id, id, xact, action, object_type, actor_kind)
       SELECT tenant_id, $2, xact, 'insert', 'folders', 'user' FROM ringfence.audit_log WHERE id = $1`,
      [ids[2], forged],
    );
    expect(await verify(a)).toMatchObject({
      code: 1,
      found: [{ kind: 'row-inserted', row: forged }],
    });
  });

  it('who moves a row elsewhere in the order, or to another tenant, is found', async () => {
    const ids = await twoSeals(a);
    await twoSeals(b);
    await tamper(
      `UPDATE ringfence.audit_log SET xact = (SELECT max(xact) FROM ringfence.audit_log WHERE tenant_id = $2) WHERE id = $1`,
      [ids[0], a.id],
    );
    const moved = await verify(a);
    expect(moved.code).toBe(1);
    expect(moved.found.map(({ row }) => row)).toContain(ids[0]);
    await tamper('UPDATE ringfence.audit_log SET tenant_id = $2 WHERE id = $1', [ids[4], b.id]);
    expect((await verify(a)).found).toContainEqual(
      expect.objectContaining({ kind: 'row-deleted', row: ids[4] }),
    );
    expect((await verify(b)).code).toBe(1);
  });

  it('who alters, or takes out, a seal in the middle is found', async () => {
    await twoSeals(a);
    await twoSeals(b);
    await tamper(
      `UPDATE ringfence.audit_seals SET last_at = last_at + interval '1 s' WHERE tenant_id = $1 AND seq = 1`,
      [a.id],
    );
    expect((await verify(a, '--key', 'unused')).found).toContainEqual(
      expect.objectContaining({ kind: 'seal-altered', seal: 1 }),
    );
    await tamper('DELETE FROM ringfence.audit_seals WHERE tenant_id = $1 AND seq = 1', [b.id]);
    const { found } = await verify(b, '--key', 'unused');
    expect(found.map(({ kind }) => kind)).toContain('seal-missing');
  });

  it('who cuts the tail, rows and seals, is found by what was signed, and only by that', async () => {
    const ids = await twoSeals(a);
    await tamper('DELETE FROM ringfence.audit_log WHERE id = ANY ($1)', [ids.slice(3)]);
    await tamper('DELETE FROM ringfence.audit_seals WHERE tenant_id = $1 AND seq = 2', [a.id]);
    expect(await verify(a)).toMatchObject({ code: 1, found: [{ kind: 'chain-cut', seal: 2 }] });
    const without = await run('verify', '--tenant', a.id);
    expect(without.code).toBe(0);
    expect(without.out.join('\n')).toContain(
      'a cut tail or a chain that was made anew is not seen',
    );
  });

  it('who removes a tenant with all that it did is found', async () => {
    await twoSeals(a);
    for (const table of ['audit_log', 'audit_seals']) {
      await tamper(`DELETE FROM ringfence.${table} WHERE tenant_id = $1`, [a.id]);
    }
    await tamper('DELETE FROM ringfence.tenants WHERE id = $1', [a.id]);
    const { found } = await verify(a);
    expect(found.map(({ kind }) => kind)).toEqual(['chain-cut', 'chain-cut']);
  });

  it('who makes the whole chain anew, and lets the sealer seal it, is found', async () => {
    const ids = await twoSeals(a);
    await tamper('DELETE FROM ringfence.audit_seals WHERE tenant_id = $1', [a.id]);
    await tamper('DELETE FROM ringfence.audit_log WHERE id = $1', [ids[0]]);
    await seal();
    const without = await run('verify', '--tenant', a.id);
    expect(without.code).toBe(0);
    expect((await verify(a)).found.map(({ kind }) => kind)).toContain('chain-rewritten');
  });

  it('who has no signing key cannot make what was signed say something else', async () => {
    await twoSeals(a);
    const text = readFileSync(checkpoints, 'utf8');
    const altered = path.join(folder, 'altered.jsonl');
    const lines = text.trimEnd().split('\n');
    writeFileSync(altered, `${text}${lines.at(-1)?.replace(/"at":"2/, '"at":"3')}\n`);
    expect((await verify(a, '--checkpoints', altered)).complaints.join()).toMatch(
      /not what was signed/,
    );
    const stranger = await verify(a, '--checkpoints', checkpoints, '--key', 'SHA256:stranger');
    expect(stranger).toMatchObject({ code: 1 });
    expect(stranger.complaints.join()).toMatch(/somebody else/);
  });
});

describe('the sealer', () => {
  it('leaves alone what a transaction that still runs may add before it, and seals it afterwards', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = runInTenant(a.id, () =>
      pool.transaction(async (tx) => {
        await tx.query("INSERT INTO folders (name) VALUES ('slow')");
        begun();
        await held;
      }),
    );
    await started;
    // Commits first, with a later transaction id.
    await write(a, 'quick');
    await sealOnce();
    expect(await verify(a)).toMatchObject({ code: 0, rows: 0, unsealed: 1 });
    finish();
    await slow;
    await seal();
    expect(await verify(a)).toMatchObject({ code: 0, rows: 2, unsealed: 0 });
  });

  it('two at once make one chain', async () => {
    await write(a, ...Array.from({ length: 20 }, (_, n) => `f${n}`));
    await Promise.all([sealOnce(), sealOnce(), sealOnce()]);
    await seal();
    expect(await verify(a)).toMatchObject({ code: 0, rows: 20, unsealed: 0 });
  });

  it('splits what one statement did into seals of a thousand rows', async () => {
    await runInTenant(a.id, () =>
      pool.query("INSERT INTO folders (name) SELECT 'n' || n FROM generate_series(1, 2500) n"),
    );
    await seal();
    expect(await verify(a)).toMatchObject({ code: 0, rows: 2500, unsealed: 0 });
    const { rows } = await admin.query(
      'SELECT row_count FROM ringfence.audit_seals WHERE tenant_id = $1 ORDER BY seq',
      [a.id],
    );
    expect(rows.map(({ row_count }) => row_count)).toEqual([1000, 1000, 500]);
  });

  it('may read and seal, and nothing else', async () => {
    const client = new pg.Client({ connectionString: db.sealer });
    await client.connect();
    for (const sql of [
      'SELECT * FROM folders',
      'UPDATE ringfence.audit_seals SET seq = 9',
      'DELETE FROM ringfence.audit_log',
      "INSERT INTO ringfence.audit_log (action, object_type, actor_kind) VALUES ('x', 'x', 'x')",
      'SELECT * FROM ringfence.context_keys',
      'SELECT name FROM ringfence.tenants',
    ]) {
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
    // Without a tenant bound it sees nobody's log.
    expect((await client.query('SELECT FROM ringfence.audit_log')).rowCount).toBe(0);
    await client.end();
  });

  it('keeps a chain of its own for the acts of the platform', async () => {
    await seal();
    const { out, code } = await run('verify', '--tenant', 'platform', '--checkpoints', checkpoints);
    expect([code, out.at(-1)]).toEqual([0, expect.stringMatching(/^intact: 1 chains, [1-9]/)]);
    await tamper(
      "UPDATE ringfence.platform_log SET tenant = NULL WHERE object_type = 'tenants' AND tenant = $1",
      [a.id],
    );
    const after = await run('verify', '--tenant', 'platform', '--checkpoints', checkpoints);
    expect(after.code).toBe(1);
    expect(after.out.join('\n')).toContain('row-altered: platform');
  });
});

describe('retention', () => {
  const older = ['--older-than', '60'];

  /** A month that is long gone, with rows of both tenants in it and in this month. */
  async function oldMonth(month: string): Promise<void> {
    await admin.query(`SET ROLE ringfence_owner; DO $$ BEGIN
      CREATE TABLE ringfence.audit_log_${month.replace('-', '_')} (LIKE ringfence.audit_log INCLUDING DEFAULTS);
      PERFORM ringfence.protect_audit_partition('ringfence.audit_log_${month.replace('-', '_')}');
      ALTER TABLE ringfence.audit_log ATTACH PARTITION ringfence.audit_log_${month.replace('-', '_')}
        FOR VALUES FROM ('${month}-01Z') TO ('${month}-28Z');
      END $$; RESET ROLE`);
    for (const { id } of [a, b]) {
      await tamper(
        `INSERT INTO ringfence.audit_log (tenant_id, created_at, action, object_type, actor_kind)
         SELECT $1, $2::timestamptz + n * interval '1 hour', 'insert', 'folders', 'user' FROM generate_series(1, 3) n`,
        [id, `${month}-02Z`],
      );
    }
    await write(a, 'today');
  }

  it('drops only what is wholly sealed, says first what it would do, and verify says what is gone', async () => {
    await oldMonth('2021-03');
    const unsealed = await run('retain', ...older, '--checkpoints', checkpoints, '--apply');
    expect(unsealed).toEqual({
      code: 1,
      out: ['audit_log_2021_03: 6 rows, 6 not sealed: kept: not wholly sealed'],
    });
    await seal();
    const dry = await run('retain', ...older, '--checkpoints', checkpoints);
    expect(dry).toEqual({
      code: 0,
      out: [
        'audit_log_2021_03: 6 rows, 0 not sealed: to be dropped',
        'Nothing was done: add --apply.',
      ],
    });
    expect(await verify(a)).toMatchObject({ code: 0, rows: 4 });
    const done = await run('retain', ...older, '--checkpoints', checkpoints, '--apply');
    expect(done.out).toEqual(['audit_log_2021_03: 6 rows, 0 not sealed: dropped']);
    const { code, out } = await run('verify', '--tenant', a.id, '--checkpoints', checkpoints);
    expect([code, ...out]).toEqual([
      0,
      expect.stringMatching(/^dropped: audit_log_2021_03 .* 6 rows\) at .*, signed$/),
      expect.stringMatching(/signed heads compared/),
      'intact: 1 chains, 1 sealed rows, 3 dropped, 0 not sealed yet',
    ]);
  });

  it('a partition that a superuser drops is no retention', async () => {
    await oldMonth('2021-04');
    await seal();
    await admin.query('DROP TABLE ringfence.audit_log_2021_04');
    const { found } = await verify(a);
    expect(found.map(({ kind }) => kind)).toEqual(['row-deleted', 'row-deleted', 'row-deleted']);
    await tamper(
      `INSERT INTO ringfence.audit_drops VALUES ('audit_log_2021_04', '2021-04-01Z', '2021-04-28Z',
        '{"format":"ringfence-audit-drop/1","from":"2021-04-01T00:00:00.000Z","to":"2021-04-28T00:00:00.000Z"}')`,
    );
    const forged = await verify(a);
    expect(forged.found).toHaveLength(3);
    expect(forged.complaints.join()).toMatch(/audit_log_2021_04 was dropped is not signed/);
    await tamper("DELETE FROM ringfence.audit_drops WHERE partition = 'audit_log_2021_04'");
  });
});

it('exports one tenant, also where a name is a formula', async () => {
  await write(a, '=1+1', 'plain "quoted", with a comma');
  await write(b, 'of b');
  const json = await run('export', '--tenant', a.id);
  expect(json.code).toBe(0);
  expect(json.out.map((line) => JSON.parse(line).details.name[1])).toEqual([
    '=1+1',
    'plain "quoted", with a comma',
  ]);
  const csv = await run('export', '--tenant', a.id, '--format', 'csv');
  expect(csv.out[0]).toMatch(/^created_at,id,action,/);
  expect(csv.out).toHaveLength(3);
  expect(existsSync(checkpoints)).toBe(true);
});
