import pg from 'pg';
import {
  machinerySql,
  quoteIdentifier,
  type TenantTable,
  tenantTableSql,
} from '../../src/sql/index.js';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.js';

/** The tables of schema.prisma, described once for both databases. */
const TABLES: readonly TenantTable[] = [
  {
    name: 'authors',
    columns: [
      { name: 'email', type: 'text NOT NULL' },
      { name: 'name', type: 'text' },
      { name: 'age', type: 'int' },
      { name: 'shelf', type: "shelf NOT NULL DEFAULT 'fiction'" },
      { name: 'manager_id', type: 'uuid', references: { table: 'authors' } },
      { name: 'created_at', type: 'timestamptz(3) NOT NULL DEFAULT now()' },
      { name: 'updated_at', type: 'timestamptz(3) NOT NULL DEFAULT now()' },
    ],
    unique: [['email']],
    checks: { age_is_possible: 'age >= 0' },
  },
  {
    name: 'profiles',
    columns: [
      {
        name: 'author_id',
        type: 'uuid NOT NULL',
        references: { table: 'authors', onDelete: 'cascade' },
      },
      { name: 'bio', type: 'text NOT NULL' },
    ],
    unique: [['author_id']],
  },
  {
    name: 'books',
    columns: [
      { name: 'title', type: 'text NOT NULL' },
      { name: 'author_id', type: 'uuid', references: { table: 'authors', onDelete: 'set null' } },
      { name: 'pages', type: 'int NOT NULL DEFAULT 0' },
      { name: 'sold', type: 'bigint NOT NULL DEFAULT 0' },
      { name: 'price', type: 'numeric(10,2)' },
      { name: 'rating', type: 'float8' },
      { name: 'stocked', type: 'boolean NOT NULL DEFAULT true' },
      { name: 'published', type: 'timestamptz(3)' },
      { name: 'printed', type: 'date' },
      { name: 'cover', type: 'bytea' },
      { name: 'meta', type: 'jsonb' },
      { name: 'languages', type: 'text[]' },
    ],
  },
  { name: 'tags', columns: [{ name: 'name', type: 'text NOT NULL' }], unique: [['name']] },
  {
    // Prisma's own table for a relation of many to many.
    name: '_BookToTag',
    columns: [
      { name: 'A', type: 'uuid NOT NULL', references: { table: 'books', onDelete: 'cascade' } },
      { name: 'B', type: 'uuid NOT NULL', references: { table: 'tags', onDelete: 'cascade' } },
    ],
    unique: [['A', 'B']],
  },
];

const SHELF = "CREATE TYPE shelf AS ENUM ('fiction', 'science');";

/** The tables under tenancy, as the generator writes them. */
export function createRingFencedDatabase(): Promise<TestDatabase> {
  const sql = [machinerySql(), SHELF, ...TABLES.map((table) => tenantTableSql(table))];
  return createTestDatabase({ sql: sql.join('\n') });
}

/**
 * The same tables without tenancy, as the Prisma schema describes them: `id` is the primary key, relations
 * have one column, nothing is bound, and `tenant_id` is a column like any other.
 */
export async function createPlainDatabase(tenantId: string): Promise<TestDatabase> {
  // A test database must have tenant tables, and protected ones only; so the others come afterwards.
  const protectedOnly = [machinerySql(), tenantTableSql({ name: 'unused', columns: [] })];
  const db = await createTestDatabase({ sql: protectedOnly.join('\n') });
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  const tables = TABLES.map((table) => plainTableSql(table, tenantId));
  await admin.query(['SET ROLE ringfence_owner;', SHELF, ...tables].join('\n'));
  await admin.end();
  return db;
}

function plainTableSql(
  { name, columns, unique = [], checks = {} }: TenantTable,
  id: string,
): string {
  const lines = [
    `tenant_id uuid NOT NULL DEFAULT '${id}'`,
    'id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY',
    'UNIQUE (tenant_id, id)',
    ...columns.map((column) => {
      const { table, onDelete = 'no action' } = column.references ?? {};
      const reference = table ? ` REFERENCES ${table} (id) ON DELETE ${onDelete}` : '';
      return `${quoteIdentifier(column.name)} ${column.type}${reference}`;
    }),
    ...unique.flatMap((key) => {
      const own = key.map(quoteIdentifier).join(', ');
      return [`UNIQUE (${own})`, `UNIQUE (tenant_id, ${own})`];
    }),
    ...Object.values(checks).map((check) => `CHECK (${check})`),
  ];
  const table = quoteIdentifier(name);
  return `CREATE TABLE ${table} (${lines.join(',\n')});
GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ringfence_app;`;
}
