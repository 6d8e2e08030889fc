import { quoteIdentifier, quoteLiteral } from '../../sql/index.js';
import type { Relation } from '../catalog/catalog.js';
import type { Mutant, Mutate, MutationGround } from './mutant.js';

/** Takes row-level security away, and each policy, and makes policies believe too much. */
export const policyMutants: Mutate = (ground) =>
  ground.tables.flatMap((table) => [
    ...switches(table),
    ...single(ground, table),
    ...all(ground, table),
  ]);

function switches({ sql }: Relation): Mutant[] {
  const alter = (kind: string, what: string): Mutant => ({
    kind,
    object: sql,
    sql: [`ALTER TABLE ${sql} ${what} ROW LEVEL SECURITY`],
  });
  return [alter('rls-disabled', 'DISABLE'), alter('not-forced', 'NO FORCE')];
}

/** One policy is dropped or altered; a second one may still hold. */
function single({ policies, columns }: MutationGround, { id, sql, ...table }: Relation): Mutant[] {
  // Whose row it is stands in a column that the application may not be able to name at all.
  const tenant = table.columns.find(({ name }) => name === columns.get(id));
  const unnamed = tenant !== undefined && !tenant.insert && !tenant.update;
  return policies
    .filter(({ relation }) => relation === id)
    .flatMap(({ name, permissive, command }) => {
      const policy = `POLICY ${quoteIdentifier(name)} ON ${sql}`;
      const kind = permissive ? 'access' : 'guard';
      const alter = (what: string, text: string): Mutant => ({
        kind: `${kind}-${what}`,
        object: sql,
        sql: [`ALTER ${policy} ${text}`],
        layered: true,
      });
      return [
        { kind: `${kind}-dropped`, object: sql, sql: [`DROP ${policy}`], layered: true },
        ...(command === 'a' ? [] : [alter('using-true', 'USING (true)')]),
        ...(unnamed || 'rd'.includes(command) ? [] : [alter('check-true', 'WITH CHECK (true)')]),
        // Narrowed to the attacker, the access policy weakens nothing; the guard no longer covers others.
        ...(permissive ? [] : [alter('for-one-role', 'TO {app}')]),
        alter('for-another-role', 'TO pg_monitor'),
      ];
    });
}

/** Every policy goes and one that believes too much takes their place. */
function all({ policies, columns, setting }: MutationGround, { id, sql }: Relation): Mutant[] {
  const column = columns.get(id);
  const own = policies.filter(({ relation }) => relation === id);
  const drop = own.map(({ name }) => `DROP POLICY ${quoteIdentifier(name)} ON ${sql}`);
  const lax = (kind: string, text: string, before: readonly string[] = drop): Mutant => ({
    kind,
    object: sql,
    sql: [...before, `CREATE POLICY lax ON ${sql} ${text}`],
  });
  const guards = own
    .filter(({ permissive }) => !permissive)
    .map(({ name }) => `DROP POLICY ${quoteIdentifier(name)} ON ${sql}`);
  const added = lax('lax-policy-beside-guard', 'USING (true) WITH CHECK (true)', []);
  const without = lax('lax-policy-without-guard', 'USING (true) WITH CHECK (true)', guards);
  if (column === undefined) return [added, without];
  const tenant = quoteIdentifier(column);
  const context = `nullif(current_setting(${quoteLiteral(setting)}, true), '')`;
  const strict = `${tenant}::text = ${context}`;
  const commands = (kind: string, command: string, clause: string): Mutant => ({
    kind,
    object: sql,
    sql: [
      ...drop,
      `CREATE POLICY strict ON ${sql} USING (${strict}) WITH CHECK (${strict})`,
      `CREATE POLICY lax ON ${sql} FOR ${command} ${clause}`,
    ],
  });
  return [
    added,
    without,
    lax('tautology', `USING (${tenant} IS NOT NULL)`),
    lax('equals-itself', `USING (${tenant} = ${tenant})`),
    lax('open-without-context', `USING (${context} IS NULL OR ${strict})`),
    lax('open-by-coalesce', `USING (${tenant}::text = coalesce(${context}, ${tenant}::text))`),
    lax(
      'open-by-pattern',
      `USING (${tenant}::text LIKE current_setting(${quoteLiteral(setting)}, true))`,
    ),
    lax('open-by-flag', `USING (${strict} OR current_setting('app.is_admin', true) = 'on')`),
    lax('open-by-three-values', `USING ((${tenant}::text <> ${context}) IS NOT TRUE)`),
    lax('believes-the-setting', `USING (${strict})`),
    lax('insert-unchecked', `USING (${strict}) WITH CHECK (true)`),
    commands('select-true', 'SELECT', 'USING (true)'),
    commands('insert-true', 'INSERT', 'WITH CHECK (true)'),
    commands('update-true', 'UPDATE', `USING (true) WITH CHECK (${strict})`),
    commands('delete-true', 'DELETE', 'USING (true)'),
  ];
}
