import type { Change, TableRef } from '../lint/change.js';
import { isNew, type World } from '../lint/world.js';

/** What a statement does to a table besides locking it. */
export type Work = 'catalog' | 'reads all rows' | 'writes all rows' | 'builds an index';

/** A lock that a statement takes on a table in use, as PostgreSQL names it. */
export interface PlannedLock {
  readonly table: TableRef;
  readonly mode: LockMode;
  readonly work: Work;
}

/** Modes from the weakest to the strongest. */
export const LOCK_MODES = [
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

/** What waits while a mode is held. */
export const STOPS: Readonly<Record<LockMode, string>> = {
  'ROW EXCLUSIVE': 'nothing',
  'SHARE UPDATE EXCLUSIVE': 'nothing',
  SHARE: 'writes',
  'SHARE ROW EXCLUSIVE': 'writes',
  EXCLUSIVE: 'writes',
  'ACCESS EXCLUSIVE': 'reads, writes',
};

/** Commands of ALTER TABLE that take less than ACCESS EXCLUSIVE. */
const WEAKER: Readonly<Record<string, LockMode>> = {
  AT_SetStatistics: 'SHARE UPDATE EXCLUSIVE',
  AT_SetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ResetOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_SetRelOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ResetRelOptions: 'SHARE UPDATE EXCLUSIVE',
  AT_ClusterOn: 'SHARE UPDATE EXCLUSIVE',
  AT_DropCluster: 'SHARE UPDATE EXCLUSIVE',
  AT_AttachPartition: 'SHARE UPDATE EXCLUSIVE',
  AT_EnableTrig: 'SHARE ROW EXCLUSIVE',
  AT_EnableTrigUser: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrig: 'SHARE ROW EXCLUSIVE',
  AT_DisableTrigUser: 'SHARE ROW EXCLUSIVE',
};

/**
 * The locks of a change on tables that stand already; a table that the migration makes is locked as well,
 * and nobody knows it yet.
 *
 * @see PostgreSQL manual, 13.3.1 "Table-Level Locks"; ALTER TABLE, "Description"
 */
export function locksOf(change: Change, world: World): PlannedLock[] {
  return read(change, world).filter(({ table }) => !isNew(world.table(table)));
}

function read(change: Change, world: World): PlannedLock[] {
  const lock = (
    table: TableRef | undefined,
    mode: LockMode,
    work: Work = 'catalog',
  ): PlannedLock[] => (table ? [{ table, mode, work }] : []);
  switch (change.kind) {
    case 'create table':
      return change.constraints.flatMap(({ parent }) => lock(parent, 'SHARE ROW EXCLUSIVE'));
    case 'add column': {
      const { default: value, computed } = change.column;
      const each = computed !== undefined || JSON.stringify(value ?? '').includes('FuncCall');
      return lock(change.table, 'ACCESS EXCLUSIVE', each ? 'writes all rows' : 'catalog');
    }
    case 'add constraint':
      return constraintLocks(change);
    case 'column type':
      return lock(change.table, 'ACCESS EXCLUSIVE', 'writes all rows');
    case 'set not null': {
      const proven = world.table(change.table).validated.size > 0;
      return lock(change.table, 'ACCESS EXCLUSIVE', proven ? 'catalog' : 'reads all rows');
    }
    case 'validate':
      return lock(change.table, 'SHARE UPDATE EXCLUSIVE', 'reads all rows');
    case 'drop constraint': {
      const own = world.table(change.table).facts?.constraints ?? [];
      const { parent } = own.find(({ name }) => name === change.constraint) ?? {};
      return [...lock(change.table, 'ACCESS EXCLUSIVE'), ...parents([parent ?? null])];
    }
    case 'row security':
    case 'policy':
      return lock(change.table, 'ACCESS EXCLUSIVE');
    case 'alter table':
      return lock(change.table, WEAKER[change.command] ?? 'ACCESS EXCLUSIVE');
    case 'create index':
      return lock(
        change.table,
        change.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE',
        'builds an index',
      );
    case 'create trigger':
      return lock(change.table, 'SHARE ROW EXCLUSIVE');
    case 'drop': {
      const own = change.table && world.table(change.table).facts?.constraints;
      const keys = change.what === 'table' ? (own ?? []).map(({ parent }) => parent) : [];
      return [...lock(change.table, 'ACCESS EXCLUSIVE'), ...parents(keys)];
    }
    case 'write':
      return lock(change.table, 'ROW EXCLUSIVE', 'writes all rows');
    case 'truncate':
    case 'lock':
      return change.tables.flatMap((table) => lock(table, 'ACCESS EXCLUSIVE'));
    default:
      return [];
  }
}

/** A foreign key that goes has triggers on its parent, which go with it. */
function parents(
  keys: readonly ({ readonly schema: string; readonly name: string } | null)[],
): PlannedLock[] {
  return keys.flatMap((key) =>
    key
      ? [{ table: { ...key, qualified: true }, mode: 'ACCESS EXCLUSIVE', work: 'catalog' } as const]
      : [],
  );
}

function constraintLocks(change: Extract<Change, { kind: 'add constraint' }>): PlannedLock[] {
  const { table, constraint } = change;
  const { kind, parent, unchecked, index } = constraint;
  if (kind === 'foreign') {
    const work: Work = unchecked ? 'catalog' : 'reads all rows';
    const locks: PlannedLock[] = [{ table, mode: 'SHARE ROW EXCLUSIVE', work }];
    return parent
      ? [...locks, { table: parent, mode: 'SHARE ROW EXCLUSIVE', work: 'catalog' }]
      : locks;
  }
  if (kind === 'check' || kind === 'not null') {
    const read = !unchecked && change.withColumn === undefined;
    return [{ table, mode: 'ACCESS EXCLUSIVE', work: read ? 'reads all rows' : 'catalog' }];
  }
  return [{ table, mode: 'ACCESS EXCLUSIVE', work: index ? 'catalog' : 'builds an index' }];
}
