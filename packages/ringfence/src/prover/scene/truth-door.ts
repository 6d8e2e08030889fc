import { randomBytes } from 'node:crypto';
import { quoteIdentifier, quoteLiteral } from '../../sql/index.js';
import { WITHOUT_FOREIGN_KEYS } from './scene.js';
import type { Answer, Session, Statement } from './session.js';

/** The owner's eyes inside a transaction of the application: two functions in a copy. */
export interface TruthDoor {
  /** Runs a statement as the owner, past the policies. */
  plant(statement: Statement): Statement;
  /** Asks as the owner, past the policies; {@link TruthDoor.read} makes an answer of it. */
  ask(statement: Statement): Statement;
  read(answer: Answer): Answer;
}

/** Tables of the function's owner that hide rows from their owner. */
const FORCED = `SELECT oid::regclass AS name FROM pg_class
  WHERE relforcerowsecurity AND pg_has_role(current_user, relowner, 'USAGE')`;

const DROP_FOREIGN_KEYS = `DO $keys$ DECLARE each record; BEGIN
  FOR each IN SELECT k.conrelid::regclass AS name, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND pg_has_role(current_user, c.relowner, 'USAGE')
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.name, each.conname); END LOOP; END $keys$`;

/**
 * Opens a door in a copy, for an administrator who owns the tables and is no superuser: such a one can
 * neither take the application's place nor see past FORCE. The functions lift FORCE for as long as they
 * look, inside a transaction that is rolled back; the catalog that is attacked was read before.
 *
 * @param admin the owner of the tables, or a member of it
 */
export async function openTruthDoor(admin: Session): Promise<TruthDoor> {
  const schema = quoteIdentifier(`ringfence_door_${randomBytes(6).toString('hex')}`);
  const lift = (how: string): string =>
    `FOR each IN ${FORCED} LOOP EXECUTE format('ALTER TABLE %s ${how}', each.name); lifted := lifted || each.name::text; END LOOP;`;
  for (const text of [
    `CREATE SCHEMA ${schema}`,
    `GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`,
    `CREATE FUNCTION ${schema}.plant(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
      SET search_path FROM CURRENT AS $door$ DECLARE each record; name text; lifted text[] := '{}'; BEGIN
      ${lift('NO FORCE ROW LEVEL SECURITY')} EXECUTE statement;
      FOREACH name IN ARRAY lifted LOOP EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name); END LOOP; END $door$`,
    // What is pending must be decided first: a table with pending checks cannot be altered.
    `CREATE FUNCTION ${schema}.ask(statement text) RETURNS SETOF json LANGUAGE plpgsql SECURITY DEFINER
      SET search_path FROM CURRENT AS $door$ DECLARE each record; lifted text[] := '{}'; BEGIN
      SET CONSTRAINTS ALL IMMEDIATE; ${lift('NO FORCE ROW LEVEL SECURITY')}
      RETURN QUERY EXECUTE 'SELECT to_json(q) FROM (' || statement || ') AS q'; END $door$`,
    `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO PUBLIC`,
  ]) {
    await admin.run({ text });
  }
  return {
    plant: (statement) => ({
      text: `SELECT ${schema}.plant($1)`,
      // The setting is a superuser's; the owner can do without the keys themselves.
      values: [statement === WITHOUT_FOREIGN_KEYS ? DROP_FOREIGN_KEYS : inlined(statement)],
    }),
    ask: (statement) => ({ text: `SELECT ${schema}.ask($1)`, values: [inlined(statement)] }),
    read: ({ rows, rowCount }) => {
      const objects = rows.map(([json]) => JSON.parse(json ?? '{}') as Record<string, unknown>);
      return {
        fields: Object.keys(objects[0] ?? {}),
        rows: objects.map((row) => Object.values(row).map(asText)),
        rowCount,
      };
    },
  };
}

function asText(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** With its parameters as literals of no type yet, as they are in a statement of its own. */
function inlined({ text, values = [] }: Statement): string {
  return text.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\$(\d+)/g, (part, at?: string) => {
    if (at === undefined) return part;
    const value = values[Number(at) - 1];
    return value === null || value === undefined ? 'NULL' : quoteLiteral(value);
  });
}
