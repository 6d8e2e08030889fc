import type { DefElem, Node } from 'libpg-query';
import type { Change } from './change.js';
import { typeOf } from './read-column.js';
import { names, shown, strings, tableFromParts, tableRef } from './read-names.js';

/** Names of roles that everybody is a member of. */
const PUBLIC = 'public';

/** What defines, drops, renames or protects something other than a table's columns. */
export function readDefinition(node: Node): Change[] | undefined {
  if ('DropStmt' in node) return drops(node);
  if ('RenameStmt' in node) {
    const { renameType = '', relation, object, subname } = node.RenameStmt;
    const name = relation ? shown(tableRef(relation)) : object ? names(object).join('.') : '';
    return [
      { kind: 'rename', what: objectKind(renameType), name: subname ? `${name}.${subname}` : name },
    ];
  }
  if ('AlterObjectSchemaStmt' in node) {
    const { objectType = '', relation, object } = node.AlterObjectSchemaStmt;
    const name = relation ? shown(tableRef(relation)) : object ? names(object).join('.') : '';
    return [{ kind: 'set schema', what: objectKind(objectType), name }];
  }
  if ('CreatePolicyStmt' in node || 'AlterPolicyStmt' in node) return [policy(node)];
  if ('GrantStmt' in node) return [grant(node)];
  if ('CreateFunctionStmt' in node) return [createFunction(node)];
  if ('CreateTrigStmt' in node) {
    const { relation, trigname = '' } = node.CreateTrigStmt;
    return [{ kind: 'create trigger', table: tableRef(relation), name: trigname }];
  }
  if ('ViewStmt' in node) {
    const { view, options } = node.ViewStmt;
    const invoker = definitions(options).some(
      ({ defname, arg }) => defname === 'security_invoker' && isTrue(arg),
    );
    return [{ kind: 'create view', view: tableRef(view), materialized: false, invoker }];
  }
  if ('AlterEnumStmt' in node) {
    const { typeName, oldVal, skipIfNewValExists = false } = node.AlterEnumStmt;
    const what = oldVal === undefined ? 'add value' : 'rename value';
    return [
      { kind: 'enum', type: typeOf(strings(typeName)), what, ifNotExists: skipIfNewValExists },
    ];
  }
  if ('VacuumStmt' in node) {
    const options = definitions(node.VacuumStmt.options);
    return [
      { kind: 'vacuum', full: options.some((each) => each.defname === 'full' && isTrue(each.arg)) },
    ];
  }
  if ('ReindexStmt' in node) {
    const options = definitions(node.ReindexStmt.params);
    const concurrent = options.some((each) => each.defname === 'concurrently' && isTrue(each.arg));
    return [{ kind: 'reindex', concurrent }];
  }
  if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent = false } = node.RefreshMatViewStmt;
    return [{ kind: 'refresh', view: tableRef(relation), concurrent }];
  }
  if ('VariableSetStmt' in node) return [{ kind: 'set', name: node.VariableSetStmt.name ?? '' }];
  if ('TransactionStmt' in node) return [{ kind: 'transaction' }];
  if ('DoStmt' in node) return [{ kind: 'opaque', what: 'DO' }];
  return 'CallStmt' in node ? [{ kind: 'opaque', what: 'CALL' }] : undefined;
}

function drops(node: Extract<Node, { DropStmt: unknown }>): Change[] {
  const { objects = [], removeType = '', behavior, concurrent = false } = node.DropStmt;
  const what = objectKind(removeType);
  return objects.map((object) => {
    const parts = names(object);
    const onTable = what === 'policy' || what === 'trigger' || what === 'rule';
    const table = onTable ? tableFromParts(parts.slice(0, -1)) : undefined;
    return {
      kind: 'drop',
      what,
      names: [parts.join('.')],
      ...(table ? { table } : what === 'table' ? { table: tableFromParts(parts) } : {}),
      cascade: behavior === 'DROP_CASCADE',
      concurrent,
    };
  });
}

function policy(node: Node): Change {
  const created = 'CreatePolicyStmt' in node ? node.CreatePolicyStmt : undefined;
  const altered = 'AlterPolicyStmt' in node ? node.AlterPolicyStmt : undefined;
  const { table, policy_name: name = '', roles = [], qual, with_check } = created ?? altered ?? {};
  return {
    kind: 'policy',
    action: created ? 'create' : 'alter',
    table: tableRef(table),
    name,
    permissive: created?.permissive ?? false,
    all: created?.cmd_name === 'all',
    toPublic: roles.some(
      (each) => 'RoleSpec' in each && each.RoleSpec.roletype === 'ROLESPEC_PUBLIC',
    ),
    ...(qual ? { using: qual } : {}),
    ...(with_check ? { check: with_check } : {}),
  };
}

function grant(node: Extract<Node, { GrantStmt: unknown }>): Change {
  const {
    is_grant,
    targtype,
    objtype = '',
    objects = [],
    privileges = [],
    grantees = [],
  } = node.GrantStmt;
  const all = targtype === 'ACL_TARGET_ALL_IN_SCHEMA';
  return {
    kind: 'grant',
    on: all ? `all in schema: ${objectKind(objtype)}` : objectKind(objtype),
    tables: objects.flatMap((each) => ('RangeVar' in each ? [tableRef(each.RangeVar)] : [])),
    names: objects.map((each) => names(each).join('.')),
    privileges:
      privileges.length === 0
        ? undefined
        : privileges.flatMap((each) =>
            'AccessPriv' in each
              ? [
                  {
                    name: each.AccessPriv.priv_name ?? 'all',
                    columns: strings(each.AccessPriv.cols),
                  },
                ]
              : [],
          ),
    to: grantees.flatMap((each) => {
      if (!('RoleSpec' in each)) return [];
      return [
        each.RoleSpec.roletype === 'ROLESPEC_PUBLIC' ? PUBLIC : (each.RoleSpec.rolename ?? ''),
      ];
    }),
    withGrantOption: node.GrantStmt.grant_option ?? false,
    revoke: !(is_grant ?? false),
  };
}

function createFunction(node: Extract<Node, { CreateFunctionStmt: unknown }>): Change {
  const { funcname, options, returnType } = node.CreateFunctionStmt;
  const [name = '', schema] = strings(funcname).reverse();
  const given = definitions(options);
  const settings = given.filter(({ defname }) => defname === 'set').map(({ arg }) => arg);
  return {
    kind: 'create function',
    name,
    ...(schema === undefined ? {} : { schema }),
    definer: given.some(({ defname, arg }) => defname === 'security' && isTrue(arg)),
    searchPath: settings.some(
      (arg) =>
        arg !== undefined && 'VariableSetStmt' in arg && arg.VariableSetStmt.name === 'search_path',
    ),
    trigger: typeOf(strings(returnType?.names)) === 'trigger',
  };
}

function definitions(nodes: readonly Node[] = []): DefElem[] {
  return nodes.flatMap((each) => ('DefElem' in each ? [each.DefElem] : []));
}

/** An option without a value is on. */
function isTrue(arg: Node | undefined): boolean {
  if (arg === undefined) return true;
  if ('Boolean' in arg) return arg.Boolean.boolval ?? false;
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) !== 0;
  return 'String' in arg && /^(?:true|on|yes|1)$/i.test(arg.String.sval ?? '');
}

/** `OBJECT_MATVIEW` → `matview`. */
function objectKind(type: string): string {
  return type.replace(/^OBJECT_/, '').toLowerCase();
}
