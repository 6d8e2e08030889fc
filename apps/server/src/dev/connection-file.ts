import { createHmac, randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Login } from 'ringfence/migration';

/** The URLs of the embedded server, one per role. */
export interface Connections {
  /** What the server process gets. */
  readonly app: string;
  readonly operator: string;
  readonly auditor: string;
  /** Seals the audit log. */
  readonly sealer: string;
  /** May become the owner of the tables. */
  readonly migration: string;
  /** The superuser. */
  readonly admin: string;
}

export const DATABASE_NAME = 'ringfence';

const GROUPS = ['app', 'operator', 'auditor', 'sealer', 'migrator'] as const;

/**
 * The logins of the embedded server. Their passwords follow from the superuser's, which is random, is
 * made once with the data and is kept with it: so they stay the same, and no second file can get lost.
 */
export function embeddedLogins(adminUrl: string): (Login & { readonly password: string })[] {
  const secret = new URL(adminUrl).password;
  return GROUPS.map((group) => {
    const name = `ringfence_${group}_login`;
    return { group, name, password: createHmac('sha256', secret).update(name).digest('base64url') };
  });
}

/** The URLs that belong to {@link embeddedLogins}. */
export function embeddedConnections(adminUrl: string): Connections {
  const logins = embeddedLogins(adminUrl);
  const urlOf = (group?: Login['group']): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${DATABASE_NAME}`;
    const login = logins.find((each) => each.group === group);
    if (login) {
      url.username = login.name;
      url.password = login.password;
    }
    return url.href;
  };
  return {
    app: urlOf('app'),
    operator: urlOf('operator'),
    auditor: urlOf('auditor'),
    sealer: urlOf('sealer'),
    migration: urlOf('migrator'),
    admin: urlOf(),
  };
}

/**
 * Writes `connection.json`, for psql and other tools; only its owner can read it.
 *
 * @returns the file's path.
 */
export function writeConnectionFile(folder: string, connections: Connections): string {
  const file = path.join(folder, 'connection.json');
  // Under another name first: a reader must not see half of it, nor anybody an older file's mode.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${JSON.stringify(connections, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return file;
}
