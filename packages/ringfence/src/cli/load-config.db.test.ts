import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import type { AuditReport } from '../auditor/index.js';
import type { TestDatabase } from '../testing/index.js';
import { type TranspiledCli, transpileCli } from './transpiled-cli.fixture.js';

/** Newer Nodes read TypeScript by themselves; this has them do as the older ones do. */
const LIKE_NODE_20 = (process.features as { typescript?: unknown }).typescript
  ? { NODE_OPTIONS: '--no-experimental-strip-types' }
  : {};

let db: TestDatabase;
let cli: TranspiledCli;
let folder: string;

beforeAll(async () => {
  db = await createLibraryDatabase();
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query('ALTER TABLE notes NO FORCE ROW LEVEL SECURITY');
  await admin.end();
  cli = transpileCli();
});
afterAll(async () => {
  cli.remove();
  await db.drop();
});
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const appRole = (): string => new URL(db.app).username;

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

/** As a project has them: the package that the file imports, and the compiler. */
function install(...packages: ('ringfence' | 'typescript')[]): void {
  mkdirSync(path.join(folder, 'node_modules'));
  const compiler = path.dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  for (const name of packages) {
    symlinkSync(
      name === 'ringfence' ? cli.folder : compiler,
      path.join(folder, 'node_modules', name),
    );
  }
}

const TYPED = (audit: string): string => `import { defineConfig } from 'ringfence/config';
  import { roles } from './roles.ts';
  const url: string | undefined = process.env.AUDIT_URL;
  export default defineConfig({ tenantColumn: 'tenant_id', audit: { url, appRoles: roles, ${audit} } });`;

function writeTyped(audit = ''): void {
  write('ringfence.config.ts', TYPED(audit));
  write('roles.ts', `export const roles: readonly string[] = ['${appRole()}'];`);
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  cli.run(folder, args, { AUDIT_URL: db.auditor, ...env });

describe('ringfence.config.ts', () => {
  it.each([
    ['as this Node does it', {}],
    ['by the project’s own TypeScript', LIKE_NODE_20],
  ])('is found and read with its types, %s', async (_, env) => {
    install('ringfence', 'typescript');
    writeTyped("format: 'json', failOn: 'critical'");
    const { code, text } = await run(['audit'], env);
    const { findings, summary } = JSON.parse(text) as AuditReport;
    expect(summary.appRoles).toEqual([appRole()]);
    expect(summary.tenancy.column).toBe('tenant_id');
    expect(findings.map(({ check }) => check)).toContain('rls-not-forced');
    expect(code).toBe(0);
  });

  it('gives way to the command line', async () => {
    install('ringfence', 'typescript');
    writeTyped("format: 'junit', failOn: 'critical'");
    const { code, text } = await run(['audit', '--json', '--fail-on', 'medium']);
    expect(JSON.parse(text)).toHaveProperty('findings');
    expect(code).toBe(1);
    const other = await run(['audit', '--app-role', 'nobody_here']);
    expect(other).toMatchObject({ code: 2, text: expect.stringContaining('nobody_here') });
  });

  it('says what is missing where it cannot be read', async () => {
    install('ringfence');
    writeTyped();
    expect(await run(['audit'], LIKE_NODE_20)).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^CONFIG_FILE_NOT_LOADED: .*ringfence\.config\.ts.*TypeScript/),
    });
  });

  it('is read from where --config says, and its files from beside it', async () => {
    const findings = async (): Promise<AuditReport & { accepted: unknown[] }> =>
      JSON.parse((await run(['audit', '--json', '--config', 'deep/settings.mjs'])).text);
    write(
      'deep/settings.mjs',
      `export default { audit: { url: process.env.AUDIT_URL, appRoles: ['${appRole()}'], baseline: 'known.json',
        accepted: [{ key: 'a', reason: 'b', expires: '2999-01-01' }] } };`,
    );
    write('deep/known.json', JSON.stringify({ accepted: [] }));
    const [{ key } = { key: '' }] = (await findings()).findings;
    const entry = { key, reason: 'known', expires: '2999-01-01' };
    write('deep/known.json', JSON.stringify({ accepted: [entry] }));
    expect((await findings()).accepted).toEqual([entry]);
  });

  it.each([
    ['ringfence.config.json', '{ "audit": { "failon": "high" } }', /audit\.failon .* failOn/],
    ['ringfence.config.json', '{ "audit": { "failOn": "hihg" } }', /audit\.failOn .* critical, /],
    ['ringfence.config.json', '{ "prove": { "tenants": ["a", "a"] } }', /prove\.tenants/],
    ['ringfence.config.json', '{ "prove": { "accept": [{ "operation": "read" }] } }', /reason/],
    ['ringfence.config.json', '{ "audit": { "accepted": [{ "key": "x" }] } }', /accepted\[0\]/],
    ['ringfence.config.json', '{', /could not be loaded/],
    ['ringfence.config.mjs', 'export const config = {};', /default export/],
    ['ringfence.config.mjs', "import 'absent-package';", /absent-package/],
  ])('refuses %s with %s', async (name, text, reason) => {
    write(name, text);
    for (const command of ['audit', 'prove']) {
      expect(await run([command])).toMatchObject({ code: 2, text: expect.stringMatching(reason) });
    }
  });

  it('refuses two of them, and one that is not there', async () => {
    write('ringfence.config.json', '{}');
    write('ringfence.config.mjs', 'export default {};');
    const two = await run(['audit', '--url', db.auditor]);
    expect(two).toMatchObject({ code: 2, text: expect.stringContaining('keep one') });
    const none = await run(['audit', '--url', db.auditor, '--config', 'absent.ts']);
    expect(none).toMatchObject({ code: 2, text: expect.stringContaining('no such file') });
  });

  it('tells prove how the application binds, and who answers for which leak', async () => {
    write(
      'ringfence.config.mjs',
      `export default { prove: { adminUrl: process.env.ADMIN, url: process.env.APP, setting: 'app.current_tenant_id',
        inPlace: true, accept: [{ operation: 'explain', reason: 'known' }] } };`,
    );
    const { code, text } = await run(['prove', '--json'], { ADMIN: db.admin, APP: db.app });
    expect(code, text.slice(0, 200)).not.toBe(2);
    expect(JSON.parse(text).subject.binding).toContain('app.current_tenant_id');
  });
});
