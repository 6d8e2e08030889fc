import { quoteIdentifier, quoteQualified } from './identifier.js';

/** One column that takes another one's place, while old and new code run side by side. */
export interface DualWrite {
  readonly table: string;
  /** Default `public`. */
  readonly schema?: string;
  /** What the old release reads and writes. */
  readonly old: string;
  /** What the new release reads and writes: nullable and without a default until the contract. */
  readonly new: string;
  /** The new value from the old one: an expression over `NEW`, for example `lower(NEW.title)`. */
  readonly forward: string;
  /** … and back, as well as it can be told: `NEW.slug`. */
  readonly backward: string;
}

/**
 * Writes a trigger that keeps both shapes true, whichever one the writing code knows: so rolling a
 * tenant back is a flag and needs no repair of data.
 *
 * It changes only the row at hand, before it is written: it can start no other trigger and so no loop,
 * and row-level security judges the row as always. It runs with the writer's own rights. Where the
 * new value already is what the old one becomes, the old one stays: a backfill does not write a
 * lossy translation back over it. A writer that changes both columns at once is believed.
 *
 * Names in the expressions are looked up in `pg_catalog` only: qualify what is your own.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name.
 * @see PostgreSQL manual, 39.1 "Overview of Trigger Behavior"
 * @example
 * dualWriteSql({ table: 'documents', old: 'title', new: 'slug',
 *   forward: 'lower(NEW.title)', backward: 'NEW.slug' });
 */
export function dualWriteSql(change: DualWrite): string {
  const { table, trigger, fn } = names(change);
  const older = quoteIdentifier(change.old);
  const newer = quoteIdentifier(change.new);
  return `CREATE FUNCTION ${fn}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $dual_write$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.${newer} IS NULL THEN
      NEW.${newer} := ${change.forward};
    ELSIF NEW.${older} IS NULL THEN
      NEW.${older} := ${change.backward};
    END IF;
  ELSIF NEW.${newer} IS NOT DISTINCT FROM OLD.${newer} THEN
    IF NEW.${older} IS DISTINCT FROM OLD.${older} THEN
      NEW.${newer} := ${change.forward};
    END IF;
  ELSIF NEW.${older} IS NOT DISTINCT FROM OLD.${older}
    AND NEW.${newer} IS DISTINCT FROM (${change.forward}) THEN
    NEW.${older} := ${change.backward};
  END IF;
  RETURN NEW;
END
$dual_write$;
REVOKE ALL ON FUNCTION ${fn}() FROM PUBLIC;
CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE OF ${older}, ${newer} ON ${table}
  FOR EACH ROW EXECUTE FUNCTION ${fn}();`;
}

/** Writes what takes the trigger of {@link dualWriteSql} away, for the contract. */
export function dropDualWriteSql(
  change: Pick<DualWrite, 'table' | 'schema' | 'old' | 'new'>,
): string {
  const { table, trigger, fn } = names(change);
  return `DROP TRIGGER ${trigger} ON ${table};\nDROP FUNCTION ${fn}();`;
}

function names({
  schema = 'public',
  table,
  old,
  new: newer,
}: Omit<DualWrite, 'forward' | 'backward'>) {
  const name = `${table}_${old}_${newer}_dual_write`;
  return {
    table: quoteQualified(schema, table),
    trigger: quoteIdentifier(name),
    fn: quoteQualified(schema, name),
  };
}
