import { describe, expect, it } from 'vitest';
import { machinerySql } from './machinery.js';
import { machineryUpdates } from './machinery-updates.js';
import { roleNames, withRolePrefix } from './role-names.js';

describe('withRolePrefix', () => {
  it('renames the six group roles and nothing else', () => {
    const sql =
      'GRANT USAGE ON SCHEMA ringfence TO "ringfence_app", "ringfence_apprentice"; -- ringfence_app';
    expect(withRolePrefix(sql, 'shop')).toBe(
      'GRANT USAGE ON SCHEMA ringfence TO "shop_app", "ringfence_apprentice"; -- ringfence_app',
    );
  });

  it('gives what the generator gives for that prefix', () => {
    expect(withRolePrefix(machinerySql(), 'shop')).toBe(machinerySql(roleNames('shop')));
    const updates = machineryUpdates(roleNames('shop'));
    expect(
      machineryUpdates().map(({ name, sql }) => ({ name, sql: withRolePrefix(sql, 'shop') })),
    ).toEqual(updates);
  });

  it('refuses a prefix that makes a name too long', () => {
    expect(() => roleNames('p'.repeat(60))).toThrow(/identifier/);
  });
});
