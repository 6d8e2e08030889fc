import { quoteIdentifier } from '../../sql/index.js';
import { relationAttack } from '../attack.js';
import type { ForeignKey, Relation } from '../catalog/catalog.js';
import { type Party, rowOf, type Scene } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { insertText } from '../seeding/seed-rows.js';
import { leaked, notProvable, proven } from '../verdict.js';
import { rowFilter, where } from './row-filter.js';

/** Deletes a row of one's own that a row of the other tenant hangs on, if the schema lets it hang. */
export const cascade = relationAttack(
  'cascade',
  'rp',
  async ({ scene, attacker, victim }, relation) => {
    if (!relation.delete) return proven('no right to delete');
    const parent = attacker.fresh.get(relation.id);
    if (typeof parent !== 'object') return notProvable(parent ?? 'no row could be made for it');
    let tried = false;
    for (const { child, key } of childrenOf(scene, relation)) {
      const row = rowOf(victim, child);
      if (!row) continue;
      const hang = hanging(scene, child, key, row, parent);
      if (!hang) continue;
      tried = true;
      const names = [...parent.keys()];
      const attack = where(`DELETE FROM ${relation.sql}`, rowFilter(relation, parent));
      const answer = await scene.truthAfterPlanting(
        [
          { text: insertText(relation, names, ''), values: [...parent.values()] },
          hang.statement,
          { text: 'SET CONSTRAINTS ALL IMMEDIATE' },
        ],
        attacker,
        [attack],
        hang.lost,
      );
      if (typeof answer === 'object' && answer.rowCount > 0) {
        return leaked(
          `${shown(hang.statement)}; ${shown(attack)}`,
          `a row of the other tenant in ${child.sql} went with it`,
        );
      }
    }
    return tried
      ? proven('no row of the other tenant can hang on it')
      : notProvable('no seeded row could hang on it');
  },
  (relation, scene) => !relation.partition && childrenOf(scene, relation).length > 0,
);

interface Child {
  readonly child: Relation;
  readonly key: ForeignKey;
}

function childrenOf({ catalog, tenancy }: Scene, { id }: Relation): Child[] {
  if (!tenancy.tables.has(id) || tenancy.registries.has(id)) return [];
  return catalog.relations
    .filter((child) => tenancy.tables.has(child.id) && !child.partition)
    .flatMap((child) =>
      child.foreignKeys.filter(({ target }) => target === id).map((key) => ({ child, key })),
    );
}

function hanging(
  scene: Scene,
  child: Relation,
  key: ForeignKey,
  row: Party['rows'] extends ReadonlyMap<string, infer R> ? R : never,
  parent: ReadonlyMap<string, string | null>,
): { statement: Statement; lost: Statement } | undefined {
  const own = scene.tenancy.columns.get(child.id);
  const names = key.columns.filter((name) => name !== own);
  const values = names.map(
    (name) => parent.get(key.targetColumns[key.columns.indexOf(name)] ?? '') ?? null,
  );
  if (values.includes(null)) return undefined;
  const filter = rowFilter(child, row, names.length + 1);
  const pairs = names.map((name, at) => `${quoteIdentifier(name)} = $${at + 1}`);
  return {
    statement: {
      text: `UPDATE ${child.sql} SET ${pairs.join(', ')} WHERE ${filter.condition}`,
      values: [...values, ...filter.values],
    },
    lost: {
      text: `SELECT 1 WHERE NOT EXISTS (SELECT FROM ${child.sql} WHERE ${pairs.join(' AND ')})`,
      values,
    },
  };
}
