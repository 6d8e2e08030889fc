import type { Relation } from '../catalog/catalog.js';
import { type Party, rowOf, type Scene } from '../scene/scene.js';
import type { Statement } from '../scene/session.js';
import type { Values } from '../seeding/satisfy-checks.js';
import { insertText } from '../seeding/seed-rows.js';
import { absentValue } from './absent-value.js';

/** Two rows of the attacker that differ only in this: one repeats values of the victim's row. */
export interface ConflictingRows {
  readonly key: string;
  readonly foreign: Statement;
  /** Another row each time. */
  readonly absent: () => Statement;
}

/**
 * For each unique key (and for everything that may be unique in a way the catalog says less simply: an
 * expression, an exclusion) the attacker's row with the victim's values, and its twin with values that
 * nobody has.
 */
export function conflictingRows(
  scene: Scene,
  attacker: Party,
  victim: Party,
  relation: Relation,
  tail: string,
): ConflictingRows[] {
  const fresh = attacker.fresh.get(relation.id);
  const row = rowOf(victim, relation);
  if (typeof fresh !== 'object' || !row) return [];
  const tenant = scene.tenancy.columns.get(relation.id);
  const parents = new Set(relation.foreignKeys.flatMap(({ columns }) => columns));
  const plain = [...fresh.keys()].filter((name) => !parents.has(name) && name !== tenant);
  const keys = [
    ...relation.uniqueKeys.map(({ name, columns }) => ({ name, columns })),
    { name: 'all values', columns: plain },
  ];
  return keys.flatMap(({ name, columns }) => {
    const repeated = columns.filter((column) => column !== tenant && row.get(column) != null);
    const foreign: Values = new Map(fresh);
    for (const column of repeated) foreign.set(column, row.get(column) ?? null);
    const draw = (): Values => {
      const absent: Values = new Map(fresh);
      for (const column of repeated) {
        const value = row.get(column) ?? null;
        // Another value there would belong to another partition, or to none.
        const kept = relation.partitionColumns.includes(column);
        absent.set(column, kept ? value : absentValue(value));
      }
      return absent;
    };
    const one = draw();
    if (repeated.every((column) => foreign.get(column) === one.get(column))) return [];
    return [{ key: name, foreign: toInsert(foreign), absent: () => toInsert(draw()) }];
  });

  function toInsert(values: Values): Statement {
    const names = [...values.keys()].filter((name) => mayInsert(relation, name));
    return {
      text: insertText(relation, names, tail),
      values: names.map((name) => values.get(name) ?? null),
    };
  }
}

/** With column rights, only those; without any, all: the refusal is the finding then. */
export function mayInsert(relation: Relation, name: string): boolean {
  if (!relation.insert) return true;
  return relation.columns.some((column) => column.name === name && column.insert);
}
