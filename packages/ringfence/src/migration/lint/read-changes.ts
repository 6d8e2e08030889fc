import type { AlterTableCmd, Node, RangeVar } from 'libpg-query';
import type { Change, TableRef } from './change.js';
import { readAlterTable } from './read-alter-table.js';
import { readColumn, readConstraint } from './read-column.js';
import { readDefinition } from './read-definition.js';
import { tableRef } from './read-names.js';

/** What one parsed statement does, in words of the linter. */
export function readChanges(node: Node): Change[] {
  if ('CreateStmt' in node) return [createTable(node)];
  if ('AlterTableStmt' in node) {
    const { relation, cmds = [], objtype } = node.AlterTableStmt;
    if (objtype !== undefined && objtype !== 'OBJECT_TABLE') return [other(node)];
    const table = tableRef(relation);
    return cmds.flatMap((each) =>
      'AlterTableCmd' in each ? readAlterTable(table, command(each)) : [],
    );
  }
  if ('IndexStmt' in node) {
    const { relation, idxname, indexParams = [], unique, concurrent } = node.IndexStmt;
    const columns = indexParams.map((each) =>
      'IndexElem' in each ? each.IndexElem.name : undefined,
    );
    return [
      {
        kind: 'create index',
        table: tableRef(relation),
        columns,
        unique: unique ?? false,
        concurrent: concurrent ?? false,
        ...(idxname ? { name: idxname } : {}),
      },
    ];
  }
  return readWrite(node) ?? readDefinition(node) ?? [other(node)];
}

function createTable(node: Extract<Node, { CreateStmt: unknown }>): Change {
  const { relation, tableElts = [], inhRelations = [], partbound } = node.CreateStmt;
  const [parent] = inhRelations;
  const elements = tableElts.map((each) => {
    if ('ColumnDef' in each) return { column: readColumn(each.ColumnDef) };
    return 'Constraint' in each ? { constraint: readConstraint(each.Constraint) } : {};
  });
  const columns = elements.flatMap(({ column }) => (column ? [column] : []));
  return {
    kind: 'create table',
    table: tableRef(relation),
    columns: columns.map(({ column }) => column),
    constraints: [
      ...columns.flatMap(({ constraints }) => constraints),
      ...elements.flatMap(({ constraint }) => (constraint ? [constraint] : [])),
    ],
    temporary: relation?.relpersistence === 't',
    ...(partbound && parent && 'RangeVar' in parent
      ? { partitionOf: tableRef(parent.RangeVar) }
      : {}),
    derived: inhRelations.length > 0 || tableElts.some((each) => 'TableLikeClause' in each),
  };
}

function command(node: Extract<Node, { AlterTableCmd: unknown }>): AlterTableCmd {
  return node.AlterTableCmd;
}

function readWrite(node: Node): Change[] | undefined {
  const write = (verb: 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE', relation?: RangeVar): Change[] => [
    { kind: 'write', verb, table: tableRef(relation) },
    ...withClauses(node),
  ];
  if ('InsertStmt' in node) return write('INSERT', node.InsertStmt.relation);
  if ('UpdateStmt' in node) return write('UPDATE', node.UpdateStmt.relation);
  if ('DeleteStmt' in node) return write('DELETE', node.DeleteStmt.relation);
  if ('MergeStmt' in node) return write('MERGE', node.MergeStmt.relation);
  if ('SelectStmt' in node) {
    const into = node.SelectStmt.intoClause?.rel;
    if (into) return [derivedTable(tableRef(into))];
    return [{ kind: 'other', node: 'SelectStmt' }, ...withClauses(node)];
  }
  if ('CreateTableAsStmt' in node) {
    const { into, objtype } = node.CreateTableAsStmt;
    const table = tableRef(into?.rel);
    if (objtype === 'OBJECT_MATVIEW') {
      return [{ kind: 'create view', view: table, materialized: true, invoker: false }];
    }
    return [derivedTable(table)];
  }
  if ('TruncateStmt' in node)
    return [{ kind: 'truncate', tables: tables(node.TruncateStmt.relations) }];
  if ('LockStmt' in node) return [{ kind: 'lock', tables: tables(node.LockStmt.relations) }];
  if ('CopyStmt' in node && node.CopyStmt.is_from) return write('INSERT', node.CopyStmt.relation);
  return undefined;
}

/** `WITH done AS (UPDATE …) SELECT …` writes as well. */
function withClauses(node: Node): Change[] {
  const [body] = Object.values(node) as { withClause?: { ctes?: Node[] } }[];
  return (body?.withClause?.ctes ?? []).flatMap((each) => {
    const query = 'CommonTableExpr' in each ? each.CommonTableExpr.ctequery : undefined;
    return (query && readWrite(query)?.filter(({ kind }) => kind === 'write')) ?? [];
  });
}

function derivedTable(table: TableRef): Change {
  return {
    kind: 'create table',
    table,
    columns: [],
    constraints: [],
    temporary: false,
    derived: true,
  };
}

function tables(relations: readonly Node[] = []): TableRef[] {
  return relations.flatMap((each) => ('RangeVar' in each ? [tableRef(each.RangeVar)] : []));
}

function other(node: Node): Change {
  return { kind: 'other', node: Object.keys(node)[0] ?? '' };
}
