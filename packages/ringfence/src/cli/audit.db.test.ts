import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import type { AuditReport, CatalogChange } from '../auditor/index.js';
import {
  parseXml,
  reportComplaints,
  sarifComplaints,
} from '../auditor/reports/report-shapes.fixture.js';
import type { TestDatabase } from '../testing/index.js';
import { main } from './main.js';

let sound: TestDatabase;
let open: TestDatabase;
let folder: string;

const HOSTILE = 'odd "name"\n\u001b[31m<script>`|\u202e';

beforeAll(async () => {
  [sound, open] = await Promise.all([createLibraryDatabase(), createLibraryDatabase()]);
  folder = mkdtempSync(path.join(os.tmpdir(), 'audit-'));
  const admin = new pg.Client({ connectionString: open.admin });
  await admin.connect();
  const hostile = `"${HOSTILE.replaceAll('"', '""')}"`;
  await admin.query(`ALTER TABLE notes NO FORCE ROW LEVEL SECURITY;
    CREATE POLICY lax ON notes FOR SELECT USING (true);
    DROP POLICY tenant_isolation ON notes;
    CREATE TABLE ${hostile} (tenant_id uuid NOT NULL, id uuid PRIMARY KEY);
    GRANT SELECT ON ${hostile} TO ringfence_app`);
  await admin.end();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all([sound.drop(), open.drop()]);
});

const appRole = (): string => new URL(sound.app).username;

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await main(['audit', ...args], { env: {}, out: (line) => lines.push(line) });
  return { code, text: lines.join('\n') };
}

async function auditOpen(...args: string[]): Promise<{ code: number; text: string }> {
  return run('--url', open.auditor, '--app-role', appRole(), ...args);
}

describe('ringfence audit', () => {
  it('is clean, with exit code 0, where nothing is wrong', async () => {
    const { code, text } = await run('--url', sound.auditor, '--app-role', appRole());
    expect(text).toContain('tenant column tenant_id');
    expect(code).toBe(0);
  });

  it('fails from the severity that it is told', async () => {
    const audit = ['--url', sound.auditor, '--app-role', appRole(), '--json'];
    const { findings } = JSON.parse((await run(...audit)).text) as AuditReport;
    // A server behind its last minor release is worth a line, and no reason to stop a build.
    const isLow = findings.some(({ severity }) => severity === 'low');
    expect((await run(...audit, '--fail-on', 'low')).code).toBe(isLow ? 1 : 0);
    expect((await auditOpen('--fail-on', 'critical')).code).toBe(1);
  });

  it('prints exactly one JSON document', async () => {
    const { code, text } = await auditOpen('--json');
    const report = JSON.parse(text) as AuditReport;
    expect(reportComplaints(report)).toEqual([]);
    expect(code).toBe(1);
    expect(Object.keys(report)).toEqual(expect.arrayContaining(['findings', 'notRead', 'summary']));
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        key: 'policy-open-read/table/public/notes',
        check: 'policy-open-read',
        severity: 'critical',
        object: { kind: 'table', schema: 'public', name: 'notes' },
      }),
    );
    expect(report.findings.map(({ object }) => object.name)).toContain(HOSTILE);
  });

  it('keeps to 80 columns and lets no name steer the terminal', async () => {
    const { text } = await auditOpen();
    const prose = text.split('\n').filter((line) => !line.startsWith('    '));
    for (const line of prose) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('policy-open-read');
  });

  it('writes SARIF, JUnit, Markdown and a page that holds no foreign markup', async () => {
    const sarif = JSON.parse((await auditOpen('--format', 'sarif')).text);
    expect(sarif.version).toBe('2.1.0');
    expect(sarifComplaints(sarif)).toEqual([]);
    expect(sarif.runs[0].results[0].ruleId).toBe(
      sarif.runs[0].tool.driver.rules[sarif.runs[0].results[0].ruleIndex].id,
    );
    const junit = (await auditOpen('--format', 'junit')).text;
    expect(junit).toContain('<failure type="critical"');
    expect(parseXml(junit).name).toBe('testsuites');
    expect((await auditOpen('--format', 'markdown')).text).toContain('## critical');
    const html = (await auditOpen('--format', 'html')).text;
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
  });

  it('accepts findings with a reason until their day', async () => {
    const baseline = path.join(folder, 'baseline.json');
    const { findings } = JSON.parse((await auditOpen('--json')).text) as AuditReport;
    const accept = (expires: string): void =>
      writeFileSync(
        baseline,
        JSON.stringify({
          accepted: findings.map(({ key }) => ({ key, reason: 'known', expires })),
        }),
      );
    accept('2999-01-01');
    expect((await auditOpen('--baseline', baseline)).code).toBe(0);
    accept('2020-01-01');
    expect((await auditOpen('--baseline', baseline)).code).toBe(1);
    writeFileSync(baseline, JSON.stringify({ accepted: [{ key: 'x', expires: '2999-01-01' }] }));
    expect((await auditOpen('--baseline', baseline)).code).toBe(2);
  });

  it('writes fixes that close what they are for, and runs nothing', async () => {
    const file = path.join(folder, 'fix.sql');
    await auditOpen('--fix', file);
    const before = await auditOpen('--json');
    const admin = new pg.Client({ connectionString: open.admin });
    await admin.connect();
    try {
      expect(before.text).toContain('rls-not-forced/table/public/notes');
      await admin.query(readFileSync(file, 'utf8'));
    } finally {
      await admin.end();
    }
    const after = await auditOpen('--json');
    expect(after.text).not.toContain('rls-not-forced/table/public/notes');
    expect(after.text).not.toContain('rls-off/');
  });

  it('classes each change between two databases or snapshots', async () => {
    const snapshot = path.join(folder, 'sound.json');
    await run('--url', sound.auditor, '--app-role', appRole(), '--snapshot', snapshot);
    const same = await run('diff', snapshot, sound.auditor, '--json');
    expect(JSON.parse(same.text)).toEqual({ changes: [] });
    expect(same.code).toBe(0);
    const { code, text } = await run('diff', snapshot, open.auditor, '--json');
    const { changes } = JSON.parse(text) as { changes: CatalogChange[] };
    expect(code).toBe(1);
    expect(changes).toContainEqual(
      expect.objectContaining({ class: 'DANGEROUS', kind: 'restrictive policy' }),
    );
    expect((await run('diff', open.auditor, snapshot)).text).toContain('DANGEROUS');
  });

  it('says what was wrong with its use', async () => {
    expect((await run('--help')).code).toBe(0);
    for (const line of (await run('--help')).text.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
    expect((await run()).code).toBe(2);
    expect((await run('--nonsense')).code).toBe(2);
    expect((await auditOpen('--app-role', 'nobody')).code).toBe(2);
    expect((await auditOpen('--fail-on', 'nonsense')).code).toBe(2);
    expect((await auditOpen('--format', 'nonsense')).code).toBe(2);
    expect((await run('--url', 'postgres://localhost:1/x')).code).toBe(2);
    expect((await run('diff', 'nothing')).code).toBe(2);
    expect((await run('diff', '/nonexistent', '/nonexistent')).code).toBe(2);
  });
});
