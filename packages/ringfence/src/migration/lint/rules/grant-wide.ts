import type { LintRule } from '../rule.js';
import { isTenantTable } from '../world.js';

const WIDE = ['truncate', 'references', 'trigger', 'maintain', 'all'];

export const grantWide: LintRule = {
  id: 'grant-wide',
  title: 'A grant gives more than rows need',
  severity: 'error',
  consequence:
    'TRUNCATE empties a table for all tenants, REFERENCES and TRIGGER see every row, UPDATE of the whole table moves rows to other tenants, and PUBLIC is everybody.',
  instead:
    'GRANT SELECT, INSERT, DELETE to the application role, and UPDATE by column, without tenant_id and id.',
  *find(change, { world }) {
    if (change.kind !== 'grant' || change.revoke || !/table|all in schema/.test(change.on)) return;
    if (change.to.includes('public')) yield 'it is granted to PUBLIC';
    if (change.withGrantOption) yield 'it may be passed on';
    if (change.on.startsWith('all in schema'))
      return yield 'it is granted on all tables of a schema';
    if (!change.privileges) return yield 'ALL holds TRUNCATE, REFERENCES and TRIGGER';
    for (const { name, columns } of change.privileges) {
      if (WIDE.includes(name)) yield `${name.toUpperCase()} is among it`;
      if (name !== 'update') continue;
      const tenants = change.tables.some((table) => isTenantTable(world.table(table)) !== false);
      if (tenants && (columns.length === 0 || columns.includes('tenant_id'))) {
        yield 'UPDATE covers tenant_id';
      }
    }
  },
};
