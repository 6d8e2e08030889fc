import type { LintRule } from '../rule.js';

export const definerPublic: LintRule = {
  id: 'definer-public',
  title: 'Everybody may call a new SECURITY DEFINER function',
  severity: 'error',
  consequence:
    "PostgreSQL grants EXECUTE to PUBLIC: whoever reaches the database runs it with its owner's rights.",
  instead:
    'REVOKE ALL ON FUNCTION … FROM PUBLIC in the same file, then GRANT EXECUTE to the role that needs it.',
  *find(change, { statement, world }) {
    if (change.kind !== 'create function' || !change.definer || change.trigger) return;
    const name = change.schema ? `${change.schema}.${change.name}` : change.name;
    const revoked = world.statements.some(
      ({ file, changes }) =>
        file === statement.file &&
        changes.some(
          (each) =>
            each.kind === 'grant' &&
            each.revoke &&
            each.on === 'function' &&
            each.to.includes('public') &&
            each.names.includes(name),
        ),
    );
    if (!revoked) yield `function ${name}`;
  },
};
