import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

const NODES =
  /^(?:CreateRole|AlterRole|AlterRoleSet|DropRole|GrantRole|AlterOwner|ReassignOwned|DropOwned|AlterSystem|AlterDatabase|AlterDatabaseSet|AlterDefaultPrivileges|CreateExtension|AlterExtension)Stmt$/;

export const beyondTheDatabase: LintRule = {
  id: 'beyond-the-database',
  title: 'A migration changes roles, or the server',
  severity: 'error',
  consequence:
    'Roles and settings belong to the whole server, and what may be read is decided by them: BYPASSRLS, membership and ownership step around every policy.',
  instead: "Leave roles to ringfence's set-up, and server settings to whoever runs the server.",
  *find(change) {
    if (change.kind === 'other' && NODES.test(change.node)) yield change.node.replace(/Stmt$/, '');
    if (change.kind === 'alter table' && change.command === 'AT_ChangeOwner') {
      yield `another owner for ${shown(change.table)}`;
    }
  },
};
