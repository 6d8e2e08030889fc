import { quoteIdentifier } from '../../sql/index.js';
import type { Routine } from '../catalog/catalog.js';
import type { Party, Scene } from '../scene/scene.js';
import type { Statement } from '../scene/session.js';

/**
 * Temporary tables with the names that a definer function reads without a schema, filled with what is the
 * victim's: does the function believe them instead of its own?
 */
export function shadowing({ catalog }: Scene, victim: Party, { words }: Routine): Statement[] {
  return words.flatMap((word) => {
    const real = catalog.relations.find(
      ({ name, kind }) => name.toLowerCase() === word.toLowerCase() && kind !== 'S',
    );
    if (!real || real.columns.length === 0) return [];
    const table = `pg_temp.${quoteIdentifier(real.name)}`;
    const columns = real.columns.map((one) => `${quoteIdentifier(one.name)} ${one.baseType}`);
    const row = victim.rows.get(real.id);
    const values = real.columns.map(
      ({ name, baseType }) =>
        row?.get(name) ??
        (baseType === 'uuid' || baseType === 'text'
          ? victim.tenant
          : baseType === 'boolean'
            ? 'true'
            : null),
    );
    const places = values.map((_, at) => `$${at + 1}`).join(', ');
    return [
      { text: `CREATE TEMPORARY TABLE ${table} (${columns.join(', ')})` },
      { text: `GRANT ALL ON ${table} TO PUBLIC` },
      { text: `INSERT INTO ${table} VALUES (${places})`, values },
    ];
  });
}
