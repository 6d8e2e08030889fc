import { describe, expect, it } from 'vitest';
import { tenantColumnsSql, tenantTableSql } from './tenant-table.js';

describe('tenantTableSql', () => {
  it('writes a protected table, reviewed here', () => {
    expect(
      tenantTableSql({
        name: 'tasks',
        columns: [
          {
            name: 'list_id',
            type: 'uuid NOT NULL',
            references: { table: 'lists', onDelete: 'cascade' },
          },
          {
            name: 'assignee_id',
            type: 'uuid',
            references: { table: 'users', onDelete: 'set null' },
          },
          { name: 'title', type: 'text NOT NULL' },
          { name: 'created_at', type: 'timestamptz NOT NULL DEFAULT now()', updatable: false },
        ],
        unique: [['list_id', 'title']],
        indexes: [['created_at', 'id']],
        checks: { title_not_empty: "title <> ''" },
      }),
    ).toMatchInlineSnapshot(`
      "CREATE TABLE "public"."tasks" (
        "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "list_id" uuid NOT NULL,
        "assignee_id" uuid,
        "title" text NOT NULL,
        "created_at" timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT "tasks_pkey" PRIMARY KEY ("tenant_id", "id"),
        CONSTRAINT "tasks_list_id_title_key" UNIQUE ("tenant_id", "list_id", "title"),
        CONSTRAINT "tasks_title_not_empty" CHECK (title <> ''),
        CONSTRAINT "tasks_list_id_fkey" FOREIGN KEY ("tenant_id", "list_id")
          REFERENCES "public"."lists" ("tenant_id", "id") ON DELETE CASCADE,
        CONSTRAINT "tasks_assignee_id_fkey" FOREIGN KEY ("tenant_id", "assignee_id")
          REFERENCES "public"."users" ("tenant_id", "id") ON DELETE SET NULL ("assignee_id")
      );
      CREATE INDEX "tasks_assignee_id_idx" ON "public"."tasks" ("tenant_id", "assignee_id");
      CREATE INDEX "tasks_created_at_id_idx" ON "public"."tasks" ("tenant_id", "created_at", "id");
      ALTER TABLE "public"."tasks" ENABLE ROW LEVEL SECURITY;
      ALTER TABLE "public"."tasks" FORCE ROW LEVEL SECURITY;
      CREATE POLICY "tenant_isolation" ON "public"."tasks" AS RESTRICTIVE FOR ALL TO PUBLIC
        USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
        WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
      CREATE POLICY "tenant_access" ON "public"."tasks" AS PERMISSIVE FOR ALL TO PUBLIC
        USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
        WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
      REVOKE ALL ON "public"."tasks" FROM PUBLIC;
      GRANT SELECT, INSERT, DELETE ON "public"."tasks" TO "ringfence_app";
      GRANT UPDATE ("list_id", "assignee_id", "title") ON "public"."tasks" TO "ringfence_app";"
    `);
  });

  it('puts the tenant first in every key and index, and never lets it be updated', () => {
    const sql = tenantTableSql({
      name: 't',
      columns: [{ name: 'a', type: 'text' }],
      unique: [['a']],
      indexes: [['a', 'id']],
    });
    for (const [, columns] of sql.matchAll(/(?:KEY|UNIQUE|ON "public"\."t") \(([^)]*)\)/g)) {
      expect(columns).toMatch(/^"tenant_id"/);
    }
    expect(sql).toContain('GRANT UPDATE ("a") ON');
  });

  it('grants only what it is told', () => {
    const sql = tenantTableSql({
      name: 'log',
      columns: [{ name: 'a', type: 'text' }],
      grants: ['select', 'insert'],
    });
    expect(sql).toContain('GRANT SELECT, INSERT ON');
    expect(sql).not.toMatch(/GRANT (UPDATE|DELETE)/);
  });

  it('refuses a column that every tenant table has anyway', () => {
    expect(() =>
      tenantTableSql({ name: 't', columns: [{ name: 'tenant_id', type: 'uuid' }] }),
    ).toThrow(/tenant_id is built in/);
  });

  it('quotes hostile names everywhere', () => {
    const sql = tenantTableSql({ name: 'a"b', columns: [{ name: 'c"d', type: 'text' }] });
    expect(sql.replaceAll('""', '')).not.toMatch(/a"b|c"d/);
  });
});

describe('tenantColumnsSql', () => {
  it('adds columns with composite keys and rights by column, reviewed here', () => {
    expect(
      tenantColumnsSql({ name: 'tasks' }, [
        { name: 'label_id', type: 'uuid', references: { table: 'labels', onDelete: 'set null' } },
        { name: 'made_by', type: 'text', updatable: false },
      ]),
    ).toMatchInlineSnapshot(`
      "ALTER TABLE "public"."tasks"
        ADD COLUMN "label_id" uuid,
        ADD CONSTRAINT "tasks_label_id_fkey" FOREIGN KEY ("tenant_id", "label_id")
          REFERENCES "public"."labels" ("tenant_id", "id") ON DELETE SET NULL ("label_id"),
        ADD COLUMN "made_by" text;
      CREATE INDEX "tasks_label_id_idx" ON "public"."tasks" ("tenant_id", "label_id");
      GRANT UPDATE ("label_id") ON "public"."tasks" TO "ringfence_app";"
    `);
  });

  it('never adds what every tenant table has, and grants nothing on what stays as it is', () => {
    expect(() =>
      tenantColumnsSql({ name: 'tasks' }, [{ name: 'tenant_id', type: 'uuid' }]),
    ).toThrow(expect.objectContaining({ code: 'IDENTIFIER_INVALID' }));
    const fixed = [{ name: 'made_by', type: 'text', updatable: false }];
    expect(tenantColumnsSql({ name: 'tasks' }, fixed)).not.toContain('GRANT');
  });
});
