import { quoteIdentifier, quoteQualified } from './identifier.js';

/** The channel on which the database says that something about who-may-what has changed. */
export const CHANGES_CHANNEL = 'ringfence_changes';

/** Subscribes a connection to {@link CHANGES_CHANNEL}. */
export const LISTEN_STATEMENT = `LISTEN ${quoteIdentifier(CHANGES_CHANNEL)}`;

/**
 * The trigger function that tells every node to forget what it remembers. The message is empty: any
 * role of the database may listen, so it must tell nobody anything.
 *
 * @see PostgreSQL manual, NOTIFY; 39.1 "Overview of Trigger Behavior"
 */
export function changeFeedSql(): string {
  return `CREATE FUNCTION ringfence.announce_change() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $announce$
BEGIN
  -- Many of one transaction arrive as one; none arrives when it is rolled back.
  PERFORM pg_notify('${CHANGES_CHANNEL}', '');
  RETURN NULL;
END
$announce$;

COMMENT ON FUNCTION ringfence.announce_change() IS
  'Tells all nodes, after commit and without a word about whom, that who may do what has changed.';

REVOKE ALL ON FUNCTION ringfence.announce_change() FROM PUBLIC;`;
}

/** Which changes of a table matter to what nodes remember. */
export interface AnnouncedTable {
  readonly name: string;
  /** Default `public`. */
  readonly schema?: string;
  /** Columns whose new value matters; an update of others announces nothing. */
  readonly columns: readonly string[];
  /** Whole rows that matter when they come or go. Default both. */
  readonly rows?: readonly ('insert' | 'delete')[];
}

/**
 * Writes the triggers that announce the changes of a table. Announcing takes a lock that all
 * committing transactions of the server share: name only what changes seldom.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name.
 * @example
 * announceChangesSql({ name: 'users', columns: ['role'], rows: ['delete'] });
 */
export function announceChangesSql(table: AnnouncedTable): string {
  const qualified = quoteQualified(table.schema ?? 'public', table.name);
  const columns = table.columns.map(quoteIdentifier);
  const rows = table.rows ?? ['insert', 'delete'];
  const triggers: string[] = [];
  if (rows.length > 0) {
    triggers.push(`CREATE TRIGGER announce_rows AFTER ${rows.join(' OR ').toUpperCase()} ON ${qualified}
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.announce_change();`);
  }
  if (columns.length > 0) {
    const changed = columns.map((column) => `OLD.${column} IS DISTINCT FROM NEW.${column}`);
    triggers.push(`CREATE TRIGGER announce_change AFTER UPDATE OF ${columns.join(', ')} ON ${qualified}
  FOR EACH ROW WHEN (${changed.join('\n    OR ')})
  EXECUTE FUNCTION ringfence.announce_change();`);
  }
  return triggers.join('\n');
}
