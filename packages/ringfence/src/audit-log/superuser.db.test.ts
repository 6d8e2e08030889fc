import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { signed } from '../signing/index.js';
import type { TestTenant } from '../testing/index.js';
import { useAuditLog, type Verified } from './audit-log.fixture.js';
import { checkpointLines } from './checkpoint.js';
import { forgeSeals } from './forge-seals.fixture.js';
import { NO_HASH } from './seal.js';

// What the plainer acts leave (rows and seals altered, deleted, cut) is in cli/audit-log.db.test.ts.
const { log, run, sealOnce, seal, verify, verifyAlone, write, tamper, twoSeals } = useAuditLog();
let a: TestTenant;
let b: TestTenant;
beforeEach(() => {
  ({ a, b } = log);
});

const kinds = ({ found }: Verified): string[] => found.map(({ kind }) => kind);
const SECOND = 'WHERE tenant_id = $1 AND seq = 2';
const BEFORE_ALL = `INSERT INTO ringfence.audit_log
  (tenant_id, xact, id, action, object_type, actor_kind)
  VALUES ($1, '0', '00000000-0000-0000-0000-000000000000', 'delete', 'folders', 'user')`;
const beforeChrist = (time: string): string =>
  `(to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') || '+00 BC')::timestamptz`;
const stranger = generateKeyPairSync('ed25519').privateKey;

const lines = (): string[] => readFileSync(log.checkpoints, 'utf8').trimEnd().split('\n');

/** Another checkpoint file than the real one. */
function fileOf(content: string[]): string[] {
  const file = path.join(log.folder, 'other.jsonl');
  writeFileSync(file, content.join('\n'));
  return ['--checkpoints', file];
}

describe('a superuser who knows how seals are made', () => {
  it('and makes one anew is found by the next; all of them, by the last that was signed', async () => {
    const ids = await twoSeals(a);
    await tamper("UPDATE ringfence.audit_log SET actor_id = 'x' WHERE id = $1", [ids[0]]);
    await forgeSeals({ db: log.db, tamper }, a, 1);
    expect((await verifyAlone(a)).found).toEqual([
      expect.objectContaining({ kind: 'seal-altered', seal: 2 }),
    ]);
    await forgeSeals({ db: log.db, tamper }, a, 2);
    expect(await verifyAlone(a)).toMatchObject({ code: 0 });
    for (const file of [lines().slice(-1), lines().reverse()]) {
      const { code, found } = await verify(a, ...fileOf(file));
      expect(code).toBe(1);
      expect(found).toContainEqual(expect.objectContaining({ kind: 'chain-rewritten', seal: 2 }));
    }
  });

  it.each([
    ['another number', 'seq = seq + 7', 'seal-missing'],
    ['the last number of all', 'seq = ~(1::bigint << 63)', 'seal-missing'],
    ['another time', "sealed_at = sealed_at - interval '1 s'", 'seal-altered'],
    ['the same time before Christ', `sealed_at = ${beforeChrist('sealed_at')}`, 'seal-altered'],
    ['other rows', 'entries = entries || substr(entries, 1, 56)', 'seal-altered'],
  ])('gives a seal %s', async (_, change, kind) => {
    await twoSeals(a);
    await tamper(`UPDATE ringfence.audit_seals SET ${change} ${SECOND}`, [a.id]);
    const after = await verify(a);
    expect(after.code).toBe(1);
    expect(kinds(after)).toContain(kind);
    // Nobody else's chain stands still for it.
    await write(b, 'of b');
    await seal();
    expect(await verify(b)).toMatchObject({ code: 0, found: [], rows: 1, unsealed: 0 });
  });

  it('puts one in, or takes one over to another tenant', async () => {
    await twoSeals(a);
    const columns =
      'first_at, last_at, through_xact, through_id, entries, previous_hash, hash, sealed_at';
    const copy = `INSERT INTO ringfence.audit_seals (tenant_id, seq, ${columns})
      SELECT $2, $3, ${columns} FROM ringfence.audit_seals ${SECOND}`;
    await tamper(copy, [a.id, a.id, 3]);
    expect(kinds(await verifyAlone(a))).toContain('seal-altered');
    await tamper(copy, [a.id, b.id, 1]);
    expect(kinds(await verifyAlone(b))).toContain('seal-altered');
  });

  it('cuts the tail and lets the tenant go on: two seals were signed under one number', async () => {
    const ids = await twoSeals(a);
    await tamper('DELETE FROM ringfence.audit_log WHERE id = ANY ($1)', [ids.slice(3)]);
    await tamper(`DELETE FROM ringfence.audit_seals ${SECOND}`, [a.id]);
    await write(a, 'six');
    await seal();
    expect(await verifyAlone(a)).toMatchObject({ code: 0, rows: 4 });
    expect(kinds(await verify(a))).toContain('chain-rewritten');
  });

  it('takes the tenant out of the directory, and its log is verified all the same', async () => {
    const ids = await twoSeals(a);
    await tamper("UPDATE ringfence.audit_log SET actor_id = 'x' WHERE id = $1", [ids[0]]);
    await tamper('DELETE FROM ringfence.tenants WHERE id = $1', [a.id]);
    expect(kinds(await verify(a))).toEqual(['row-altered']);
  });
});

describe('a row', () => {
  it.each([
    ['the year before', "created_at - interval '1 year'"],
    ['the same year before Christ', beforeChrist('created_at')],
  ])('that is moved to %s, into another partition, is found', async (_, time) => {
    const ids = await twoSeals(a);
    await tamper(`UPDATE ringfence.audit_log SET created_at = ${time} WHERE id = $1`, [ids[1]]);
    expect((await verifyAlone(a)).found).toEqual([
      expect.objectContaining({ kind: 'row-altered', row: ids[1] }),
    ]);
  });

  it('that is put before all others is found, or is in the gap', async () => {
    await twoSeals(a);
    for (const { id } of [a, b]) await tamper(BEFORE_ALL, [id]);
    expect((await verifyAlone(a)).found).toEqual([
      expect.objectContaining({ kind: 'row-inserted', seal: 1 }),
    ]);
    expect(await verifyAlone(b)).toMatchObject({ code: 0, unsealed: 1 });
    await tamper("DELETE FROM ringfence.audit_log WHERE xact = '0'");
  });

  it('is missed while its partition is detached, and what was done to it there shows afterwards', async () => {
    const ids = await twoSeals(a);
    const { rows } = await log.admin.query(
      `SELECT c.oid::regclass AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class c
       WHERE c.oid = (SELECT tableoid FROM ringfence.audit_log WHERE id = $1)`,
      [ids[0]],
    );
    const { name, bound } = rows[0];
    const [detach, attach] = [`DETACH PARTITION ${name}`, `ATTACH PARTITION ${name} ${bound}`];
    await log.admin.query(`ALTER TABLE ringfence.audit_log ${detach}`);
    expect(kinds(await verifyAlone(a))).toEqual(Array(5).fill('row-deleted'));
    await log.admin.query(`ALTER TABLE ringfence.audit_log ${attach}`);
    expect(await verifyAlone(a)).toMatchObject({ code: 0 });
    await log.admin.query(`ALTER TABLE ringfence.audit_log ${detach}`);
    await tamper(`UPDATE ${name} SET login = 'x' WHERE id = $1`, [ids[4]]);
    await log.admin.query(`ALTER TABLE ringfence.audit_log ${attach}`);
    expect(kinds(await verifyAlone(a))).toEqual(['row-altered']);
  });

  it('is not excused by a month that the superuser himself signed away', async () => {
    const ids = await twoSeals(a);
    await tamper('DELETE FROM ringfence.audit_log WHERE id = $1', [ids[0]]);
    const [from, to] = ['2000-01-01T00:00:00.000Z', '2100-01-01T00:00:00.000Z'];
    const said = { at: from, partition: 'forged', from, to, rows: 1 };
    const drop = signed({ format: 'ringfence-audit-drop/1', ...said }, stranger);
    const values = ['forged', from, to, JSON.stringify(drop)];
    await tamper('INSERT INTO ringfence.audit_drops VALUES ($1, $2, $3, $4)', values);
    for (const after of [await verifyAlone(a), await verify(a)]) {
      expect([after.code, kinds(after)]).toEqual([1, ['row-deleted']]);
      expect(after.complaints.join()).toMatch(/forged was dropped is not signed/);
    }
    await tamper("DELETE FROM ringfence.audit_drops WHERE partition = 'forged'");
  });

  it('may be of any time: clocks go backwards, the order is that of transactions', async () => {
    await write(a, 'one');
    await tamper(
      `INSERT INTO ringfence.audit_log (tenant_id, created_at, action, object_type, actor_kind)
       SELECT $1, t, 'insert', 'folders', 'user' FROM unnest($2::timestamptz[]) t`,
      [a.id, ['2020-02-02Z', '2020-01-01Z', '2020-01-01 00:00Z BC', '290000-01-01Z', 'infinity']],
    );
    const ids = await write(a, 'seven');
    await seal();
    expect(await verify(a)).toMatchObject({ code: 0, found: [], rows: 7, unsealed: 0 });
    await tamper('DELETE FROM ringfence.audit_log WHERE id = $1', [ids[2]]);
    expect(kinds(await verify(a))).toEqual(['row-deleted']);
  });
});

it('of seals that nobody signed yet, and of a file put back to an older state, verify says so', async () => {
  await twoSeals(a);
  const older = lines();
  await write(a, 'six');
  // What writes the checkpoints fails after the sealing, as if the sealer was killed there.
  await seal(log.folder);
  expect(await verify(a)).toMatchObject({ code: 0, rows: 6, unsealed: 0, unsigned: 1 });
  await seal();
  const whole = await verify(a);
  expect(whole).toMatchObject({ code: 0, unsigned: 0 });
  const replayed = await verify(a, ...fileOf(older));
  expect(replayed).toMatchObject({ code: 0, unsigned: 1 });
  expect(Date.parse(replayed.signedUntil ?? '')).toBeLessThan(Date.parse(whole.signedUntil ?? ''));
  const { out } = await run('verify', '--tenant', a.id, ...fileOf(older));
  expect(out.join('\n')).toMatch(
    /the newest of 2.*Z, signed by .*\ngap: 1 seals are not signed yet/,
  );
  const [forged = ''] = checkpointLines(new Map([[a.id, { seq: 3, hash: NO_HASH }]]), stranger);
  expect((await verify(a, ...fileOf([...older, forged]))).complaints).toEqual([
    expect.stringMatching(/signed by somebody else/),
  ]);
  expect(await verify(a, ...fileOf([]))).toMatchObject({ code: 1 });
});

it('what docs/audit-log.md says is not found is not found', async () => {
  const ids = await twoSeals(a);
  await tamper("INSERT INTO folders (tenant_id, name) VALUES ($1, 'unseen')", [a.id]);
  await tamper(
    `INSERT INTO ringfence.audit_log (tenant_id, action, object_type, actor_kind, actor_id)
     VALUES ($1, 'delete', 'folders', 'user', 'slandered')`,
    [a.id],
  );
  expect(await write(a)).toHaveLength(ids.length + 1);
  await seal();
  expect(await verify(a)).toMatchObject({ code: 0, found: [], rows: 6 });
});

describe('the seals wait', () => {
  /** Seals while `hold` has its transaction open, then after `release`. */
  async function heldBy(hold: string, release: string, rows: number): Promise<void> {
    // Another database of the server.
    const elsewhere = new pg.Client({ connectionString: process.env.RINGFENCE_TEST_ADMIN_URL });
    await elsewhere.connect();
    try {
      await seal();
      await elsewhere.query(hold);
      await write(a, 'behind it');
      await (rows === 0 ? sealOnce() : seal());
      expect(await verify(a)).toMatchObject({ code: 0, rows, unsealed: 1 - rows });
    } finally {
      await elsewhere.query(release);
      await elsewhere.end();
    }
    await seal();
    expect(await verify(a)).toMatchObject({ code: 0, rows: 1, unsealed: 0 });
  }

  it('for a transaction that has written in another database', () =>
    heldBy('BEGIN; SELECT pg_current_xact_id()', 'ROLLBACK', 0));

  it('not for one that only reads', () =>
    heldBy('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class', 'ROLLBACK', 1));

  it('for a prepared one, where the server makes any', async () => {
    const { rows } = await log.admin.query('SHOW max_prepared_transactions');
    const name = `'${log.db.name}'`;
    const hold = `BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION ${name}`;
    if (rows[0].max_prepared_transactions === '0') {
      await expect(log.admin.query(hold)).rejects.toMatchObject({ code: '55000' });
      await log.admin.query('ROLLBACK');
      return;
    }
    await heldBy(hold, `ROLLBACK PREPARED ${name}`, 0);
  });
});
