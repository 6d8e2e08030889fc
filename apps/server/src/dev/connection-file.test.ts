import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { embeddedConnections, embeddedLogins, writeConnectionFile } from './connection-file.js';

const ADMIN = 'postgres://postgres:secret@127.0.0.1:5432/postgres';

it('gives each role a password of its own, the same one at every start', () => {
  const passwords = embeddedLogins(ADMIN).map(({ password }) => password);
  expect(new Set([...passwords, 'secret']).size).toBe(6);
  const later = embeddedLogins(ADMIN.replace('5432', '6543')).map(({ password }) => password);
  expect(later).toEqual(passwords);
  const elsewhere = embeddedLogins(ADMIN.replace('secret', 'other'));
  expect(elsewhere.map(({ password }) => password)).not.toEqual(passwords);
});

it('writes one URL per role, for its owner alone, over whatever was there', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringfence-connection-'));
  try {
    writeFileSync(path.join(folder, 'connection.json'), 'old', { mode: 0o644 });
    const file = writeConnectionFile(folder, embeddedConnections(ADMIN));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['connection.json']);
    const urls = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    const users = Object.fromEntries(
      Object.entries(urls).map(([role, url]) => [role, new URL(url).username]),
    );
    expect(users).toEqual({
      app: 'ringfence_app_login',
      operator: 'ringfence_operator_login',
      auditor: 'ringfence_auditor_login',
      sealer: 'ringfence_sealer_login',
      migration: 'ringfence_migrator_login',
      admin: 'postgres',
    });
    expect(new Set(Object.values(urls).map((url) => new URL(url).pathname))).toEqual(
      new Set(['/ringfence']),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
