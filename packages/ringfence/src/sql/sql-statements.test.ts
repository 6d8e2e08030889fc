import { expect, it } from 'vitest';
import { sqlStatements } from './sql-statements.js';

const heads = (text: string) => sqlStatements(text)?.map(([first]) => first?.text);

it.each([
  ['SELECT 1; COMMIT', ['select', 'commit']],
  [' ; ;-- nothing\n', []],
  ["SELECT ';'; /* ; /* ; */ ; */ SELECT $a$ ; COMMIT; $a$;", ['select', 'select']],
  [
    'CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); ROLLBACK',
    ['create', 'rollback'],
  ],
  [
    `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 1 AS end; END;
     BEGIN; COMMIT;`,
    ['create', 'begin', 'commit'],
  ],
  ['DO $$ BEGIN PERFORM 1; END $$; END', ['do', 'end']],
  ['SELECT "a;b"; SELECT U&"a;b"', ['select', 'select']],
])('splits %s', (text, expected) => expect(heads(text)).toEqual(expected));

it('does not answer for a text that does not end', () => {
  expect(sqlStatements("SELECT 'a")).toBeUndefined();
  expect(sqlStatements('SELECT $$ a')).toBeUndefined();
});
