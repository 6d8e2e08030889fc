import type { AlterTableCmd, Node } from 'libpg-query';
import type { Change, TableRef } from './change.js';
import { readColumn, readConstraint, typeOf } from './read-column.js';
import { strings } from './read-names.js';

const ROW_SECURITY = {
  AT_EnableRowSecurity: 'enable',
  AT_DisableRowSecurity: 'disable',
  AT_ForceRowSecurity: 'force',
  AT_NoForceRowSecurity: 'no force',
} as const;

/** One command of ALTER TABLE; a new column with constraints is several changes. */
export function readAlterTable(table: TableRef, command: AlterTableCmd): Change[] {
  const { subtype = '', name = '', def } = command;
  if (subtype in ROW_SECURITY) {
    return [
      { kind: 'row security', table, what: ROW_SECURITY[subtype as keyof typeof ROW_SECURITY] },
    ];
  }
  if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) {
    const { column, constraints } = readColumn(def.ColumnDef);
    return [
      { kind: 'add column', table, column },
      ...constraints.map(
        (constraint): Change => ({ kind: 'add constraint', table, constraint, withColumn: column }),
      ),
    ];
  }
  if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def) {
    return [{ kind: 'add constraint', table, constraint: readConstraint(def.Constraint) }];
  }
  if (subtype === 'AT_AlterColumnType' && def && 'ColumnDef' in def) {
    const { typeName, raw_default } = def.ColumnDef;
    return [
      {
        kind: 'column type',
        table,
        column: name,
        type: typeOf(strings(typeName?.names)),
        modifiers: (typeName?.typmods ?? []).map(integer),
        converted: raw_default !== undefined,
      },
    ];
  }
  if (subtype === 'AT_SetNotNull') return [{ kind: 'set not null', table, column: name }];
  if (subtype === 'AT_ValidateConstraint') return [{ kind: 'validate', table, constraint: name }];
  if (subtype === 'AT_DropConstraint')
    return [{ kind: 'drop constraint', table, constraint: name }];
  if (subtype === 'AT_DropColumn') {
    const cascade = command.behavior === 'DROP_CASCADE';
    return [{ kind: 'drop', what: 'column', names: [name], table, cascade, concurrent: false }];
  }
  const concurrent =
    def !== undefined && 'PartitionCmd' in def && (def.PartitionCmd.concurrent ?? false);
  return [
    { kind: 'alter table', table, command: subtype, name, gives: def !== undefined, concurrent },
  ];
}

function integer(node: Node): number {
  return 'A_Const' in node ? (node.A_Const.ival?.ival ?? 0) : 0;
}
