import { quoteIdentifier } from '../../sql/index.js';
import type { Attack } from '../attack.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, proven } from '../verdict.js';

/** Leaves the tables: files, programs, keys switched off, rights of its own making. Working is leaking. */
export const serverAccess: Attack = {
  operation: 'server-access',
  applies: (target) => target.type === 'context',
  run: async ({ scene, attacker }) => {
    const { appRole } = scene.catalog;
    const ways: readonly (readonly [string, ...string[]])[] = [
      ['foreign keys and triggers are off for it', 'SET LOCAL session_replication_role = replica'],
      ['a file of the server', "SELECT pg_read_file('PG_VERSION')"],
      ['a file of the server', "SELECT pg_read_binary_file('PG_VERSION')"],
      ['the files of the server', "SELECT pg_ls_dir('.')"],
      [
        'a file of the server',
        'CREATE TEMP TABLE ringfence_attack (line text)',
        "COPY ringfence_attack FROM 'PG_VERSION'",
      ],
      [
        'a file of the server, as a large object',
        "SELECT lo_import(current_setting('data_directory') || '/PG_VERSION')",
      ],
      ['it bypasses every policy from now on', `ALTER ROLE ${quoteIdentifier(appRole)} BYPASSRLS`],
    ];
    for (const [what, ...texts] of ways) {
      const statements = texts.map((text): Statement => ({ text }));
      const outcome = await scene.attempt(attacker, ...statements);
      if (outcome.ok) return leaked(statements.map(shown).join('; '), what);
    }
    return proven(`${ways.length} ways out were refused`);
  },
};
