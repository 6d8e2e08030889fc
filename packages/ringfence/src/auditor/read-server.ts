import type {
  Database,
  DefaultPrivilege,
  ForeignServer,
  LargeObjects,
  ParameterPrivilege,
  Publication,
  RoleSetting,
  Schema,
} from './catalog.js';
import { type CatalogReader, grants, OURS } from './catalog-reader.js';

const SETTINGS = [
  'row_security',
  'lo_compat_privileges',
  'log_statement',
  'log_min_duration_statement',
  'log_parameter_max_length',
  'log_parameter_max_length_on_error',
  'auto_explain.log_min_duration',
  'session_replication_role',
];

const roleName = (oid: string): string =>
  `CASE ${oid} WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(${oid})::text END`;

/** The database, its schemas, and what stands around the tables. */
export async function readServer(reader: CatalogReader) {
  const [database] = await reader.rows<Database>(
    'database',
    `SELECT datname::text AS name, pg_catalog.pg_get_userbyid(datdba)::text AS owner,
      ${grants('datacl', 'd', 'datdba')} AS acl
    FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
  );
  const settings = await reader.rows<{ name: string; value: string }>(
    'settings',
    `SELECT name, setting AS value FROM pg_catalog.pg_settings WHERE name = ANY ($1::text[])`,
    [SETTINGS],
  );
  return {
    database: database ?? { name: '', owner: '', acl: [] },
    settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    schemas: await reader.rows<Schema>(
      'schemas',
      `SELECT n.nspname::text AS name, pg_catalog.pg_get_userbyid(n.nspowner)::text AS owner,
        ${grants('n.nspacl', 'n', 'n.nspowner')} AS acl
      FROM pg_catalog.pg_namespace n WHERE ${OURS('n')} ORDER BY 1`,
    ),
    defaults: await reader.rows<DefaultPrivilege>(
      'default privileges',
      `SELECT pg_catalog.pg_get_userbyid(d.defaclrole)::text AS role, n.nspname::text AS schema,
        d.defaclobjtype::text AS kind, ${grants('d.defaclacl')} AS acl
      FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
      ORDER BY 2, 1`,
    ),
    roleSettings: await reader.rows<RoleSetting>(
      'settings of roles and databases',
      `SELECT ${roleName('s.setrole')} AS role, s.setdatabase <> 0 AS here,
        pg_catalog.split_part(c, '=', 1) AS name,
        pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
      FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) AS c
      WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database
        WHERE datname = pg_catalog.current_database()))
      ORDER BY 1, 3`,
    ),
    parameters: await reader.rows<ParameterPrivilege>(
      'privileges on parameters',
      `SELECT parname AS name, ${grants('paracl')} AS acl FROM pg_catalog.pg_parameter_acl ORDER BY 1`,
    ),
    servers: await reader.rows<ForeignServer>(
      'foreign servers',
      `SELECT s.srvname::text AS name, pg_catalog.pg_get_userbyid(s.srvowner)::text AS owner,
        ${grants('s.srvacl', 'S', 's.srvowner')} AS acl,
        ARRAY(SELECT ${roleName('m.umuser')} FROM pg_catalog.pg_user_mappings m
          WHERE m.srvid = s.oid) AS mappings
      FROM pg_catalog.pg_foreign_server s ORDER BY 1`,
    ),
    publications: await reader.rows<Publication>(
      'publications',
      `SELECT p.pubname::text AS name, p.puballtables AS "allTables",
        ARRAY(SELECT n.nspname::text FROM pg_catalog.pg_publication_namespace s
          JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid) AS schemas,
        coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('relation', r.prrelid::text,
          'filter', pg_catalog.pg_get_expr(r.prqual, r.prrelid)))
          FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid), '[]') AS tables
      FROM pg_catalog.pg_publication p ORDER BY 1`,
    ),
    largeObjects: await reader.rows<LargeObjects>(
      'large objects',
      `SELECT pg_catalog.pg_get_userbyid(lomowner)::text AS owner, pg_catalog.count(*)::int AS count
      FROM pg_catalog.pg_largeobject_metadata GROUP BY 1 ORDER BY 1`,
    ),
    extensions: (
      await reader.rows<{ name: string }>(
        'extensions',
        'SELECT extname::text AS name FROM pg_catalog.pg_extension ORDER BY 1',
      )
    ).map(({ name }) => name),
  };
}
