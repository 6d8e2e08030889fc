import {
  accessPatternsSql,
  announceChangesSql,
  auditLogSql,
  auditTriggersSql,
  machinerySql,
  machineryUpdates,
  measureQuotasSql,
  personTriggersSql,
  quotasSql,
  quotaTriggersSql,
  tenantColumnsSql,
  tenantTableSql,
} from 'ringfence/sql';
import { describe, expect, it } from 'vitest';
import { ANNOUNCED_TABLES } from '../src/database/announced-tables.js';
import { AUDIT_MIGRATIONS, NOT_AUDITED } from '../src/database/audited-tables.js';
import { COUNTED_TABLES } from '../src/database/counted-tables.js';
import {
  COLUMN_MIGRATIONS,
  TABLE_MIGRATIONS,
  TENANT_TABLES,
} from '../src/database/tenant-tables.js';
import { WAYS_IN } from '../src/database/ways-in.js';

const HEADER = `-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
`;

/** Migration → the update of the machinery that it holds. */
const UPDATE_MIGRATIONS: Readonly<Record<string, string>> = {
  '20261125090000_directory': 'directory',
  '20261125090200_persons': 'persons',
  '20261125090400_registration': 'registration',
  '20261127100000_limits': 'limits',
  '20261127130000_migrations': 'migrations',
};

/** What a migration needs before its tables. */
const PREAMBLE: Readonly<Record<string, string>> = {
  '20261123090100_sample_domain': `CREATE TYPE public.user_role AS ENUM ('owner', 'admin', 'member', 'viewer');\n\n`,
};

/** What an update needs on the tables of the application. */
const AFTERWARDS: Readonly<Record<string, string>> = {
  '20261125090200_persons': `\n${WAYS_IN.map((table) => personTriggersSql(table)).join('\n')}\n`,
};

describe('the committed migrations', () => {
  it('hold the machinery exactly as the generator writes it', async () => {
    await expect(`${HEADER}${machinerySql()}`).toMatchFileSnapshot(
      '../prisma/migrations/20261123090000_ringfence/migration.sql',
    );
  });

  it.each(Object.entries(UPDATE_MIGRATIONS))(
    'hold the update %s exactly as the generator writes it',
    async (name, update) => {
      const sql = machineryUpdates().find((each) => each.name === update)?.sql;
      await expect(`${HEADER}${sql}${AFTERWARDS[name] ?? ''}`).toMatchFileSnapshot(
        `../prisma/migrations/${name}/migration.sql`,
      );
    },
  );

  it('hold every update of the machinery', () => {
    expect(Object.values(UPDATE_MIGRATIONS)).toEqual(machineryUpdates().map(({ name }) => name));
  });

  it('hold the triggers that announce changes of members exactly as the generator writes them', async () => {
    const sql = ANNOUNCED_TABLES.map((table) => announceChangesSql(table)).join('\n');
    await expect(`${HEADER}${sql}\n`).toMatchFileSnapshot(
      '../prisma/migrations/20261125090300_member_changes/migration.sql',
    );
  });

  it.each(Object.entries(AUDIT_MIGRATIONS))(
    'hold the audit log of %s exactly as the generator writes it',
    async (name, tables) => {
      const triggers = tables.map((table) => auditTriggersSql(table));
      // The first of them brings the log itself.
      const sql = [
        ...(name === Object.keys(AUDIT_MIGRATIONS)[0] ? [auditLogSql()] : []),
        ...triggers,
      ];
      await expect(`${HEADER}${sql.join('\n\n')}\n`).toMatchFileSnapshot(
        `../prisma/migrations/${name}/migration.sql`,
      );
    },
  );

  it('hold the tables of access patterns exactly as the generator writes them', async () => {
    await expect(`${HEADER}${accessPatternsSql()}\n`).toMatchFileSnapshot(
      '../prisma/migrations/20261127110000_access_patterns/migration.sql',
    );
  });

  it('hold the quotas exactly as the generator writes them', async () => {
    const sql = [
      quotasSql(),
      ...COUNTED_TABLES.map((table) => quotaTriggersSql(table)),
      measureQuotasSql(COUNTED_TABLES),
    ];
    await expect(`${HEADER}${sql.join('\n\n')}\n`).toMatchFileSnapshot(
      '../prisma/migrations/20261127100100_quotas/migration.sql',
    );
  });

  it('put every tenant table under the audit log, or say why not', () => {
    const audited = Object.values(AUDIT_MIGRATIONS).flat();
    expect([...audited.map(({ name }) => name), ...Object.keys(NOT_AUDITED)].sort()).toEqual(
      TENANT_TABLES.map(({ name }) => name).sort(),
    );
    for (const { name, shown = [], quiet = [] } of audited) {
      const columns = TENANT_TABLES.find((table) => table.name === name)?.columns ?? [];
      const known = columns.map((column) => column.name);
      expect([...shown, ...quiet].filter((column) => !known.includes(column))).toEqual([]);
      expect(shown.filter((column) => /hash|secret|token|body|address/.test(column))).toEqual([]);
    }
  });

  it.each(Object.entries(TABLE_MIGRATIONS))(
    'hold the tables of %s exactly as the generator writes them',
    async (name, tables) => {
      const added = Object.entries(COLUMN_MIGRATIONS[name] ?? {});
      const sql = [
        ...tables.map((table) => tenantTableSql(table)),
        ...added.map(([table, columns]) => tenantColumnsSql({ name: table }, columns)),
      ].join('\n\n');
      await expect(`${HEADER}${PREAMBLE[name] ?? ''}${sql}\n`).toMatchFileSnapshot(
        `../prisma/migrations/${name}/migration.sql`,
      );
    },
  );
});
