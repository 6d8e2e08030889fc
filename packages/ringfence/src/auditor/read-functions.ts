import type { EventTrigger, Routine, Trigger } from './catalog.js';
import { type CatalogReader, grants, OURS } from './catalog-reader.js';

/** Functions that reach files, raw pages or other servers, whichever schema they live in. */
export const DANGEROUS_FUNCTIONS =
  '^(pg_read_(binary_)?file(_all|_off_len)?|pg_ls_.*|pg_stat_file|pg_file_.*|pg_rotate_logfile|pg_logdir_ls|lo_import|lo_export|dblink_connect_u|get_raw_page|heap_page_items?|heap_page_item_attrs|tuple_data_split|heap_force_.*|pg_get_wal_(record_info|records_info|stats|block_info|fpi_info)|pg_logical_slot_.*_changes|pg_logical_emit_message|pg_reload_conf|pg_terminate_backend)$';

/** Functions of the database, the few of the server's own that matter, and triggers of both kinds. */
export async function readFunctions(reader: CatalogReader) {
  return {
    functions: await reader.rows<Routine>(
      'functions',
      `SELECT p.oid::text, n.nspname::text AS schema, p.proname::text AS name,
        pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
        coalesce(p.proargnames, '{}') AS "argumentNames",
        pg_catalog.format_type(p.prorettype, NULL) AS returns, p.proretset AS "returnsSet",
        pg_catalog.pg_get_userbyid(p.proowner)::text AS owner, l.lanname::text AS language,
        l.lanpltrusted AS trusted, p.provolatile AS volatility, p.prosecdef AS definer,
        p.proleakproof AS leakproof, p.proparallel AS parallel,
        coalesce(p.proconfig, '{}') AS config,
        ${grants('p.proacl', 'f', 'p.proowner')} AS acl,
        coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) AS body,
        p.prosqlbody IS NOT NULL AS bound,
        n.nspname = 'pg_catalog' OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = p.oid
          AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e') AS extension
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
      WHERE ${OURS('n')} OR n.nspname = 'pg_catalog'
        AND (p.proname = 'set_config' OR p.proname ~ '${DANGEROUS_FUNCTIONS}')
      ORDER BY 2, 3, 4`,
    ),
    triggers: await reader.rows<Trigger>(
      'triggers',
      `SELECT t.tgrelid::text AS relation, t.tgname::text AS name, t.tgfoid::text AS function,
        t.tgenabled <> 'D' AS enabled, t.tgconstraint <> 0 AS constraint, t.tgdeferrable AS deferrable
      FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal ORDER BY 1, 2`,
    ),
    eventTriggers: await reader.rows<EventTrigger>(
      'event triggers',
      `SELECT evtname::text AS name, evtevent::text AS event, coalesce(evttags, '{}') AS tags,
        evtenabled IN ('O', 'A') AS enabled, evtfoid::text AS function
      FROM pg_catalog.pg_event_trigger ORDER BY 1`,
    ),
  };
}

/** Of these, what everybody may call and the server itself restricts. */
export const HARMLESS_BY_DEFAULT: ReadonlySet<string> = new Set([
  'pg_terminate_backend',
  'pg_logical_slot_get_changes',
  'pg_logical_slot_peek_changes',
  'pg_logical_slot_get_binary_changes',
  'pg_logical_slot_peek_binary_changes',
  'pg_logical_emit_message',
]);
