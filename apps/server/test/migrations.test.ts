import { machinerySql, tenantTableSql } from 'ringfence/sql';
import { describe, expect, it } from 'vitest';
import { TENANT_TABLES } from '../src/database/tenant-tables.js';

const HEADER = `-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
`;

function sampleDomainSql(): string {
  const roles = `CREATE TYPE public.user_role AS ENUM ('owner', 'admin', 'member', 'viewer');`;
  return [HEADER + roles, ...TENANT_TABLES.map((table) => tenantTableSql(table))].join('\n\n');
}

describe('the committed migrations', () => {
  it('hold the machinery exactly as the generator writes it', async () => {
    await expect(`${HEADER}${machinerySql()}`).toMatchFileSnapshot(
      '../prisma/migrations/20261123090000_ringfence/migration.sql',
    );
  });

  it('hold every tenant table exactly as the generator writes it', async () => {
    await expect(`${sampleDomainSql()}\n`).toMatchFileSnapshot(
      '../prisma/migrations/20261123090100_sample_domain/migration.sql',
    );
  });
});
