const VISIBLE = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`;

/** Belongs to an extension: not made by the people whose database this is. */
const OF_EXTENSION = (table: string, id: string): string =>
  `EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${table}'::regclass AND x.objid = ${id} AND x.deptype = 'e')`;

/** The names behind an array of attribute numbers, in its order. */
const namesOf = (relation: string, numbers: string): string =>
  `(SELECT json_agg(a.attname ORDER BY k.at) FROM unnest(${numbers}) WITH ORDINALITY AS k(num, at)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.num)`;

/** May the role do this with the table, or with any of its columns? */
const mayAny = (right: string): string =>
  `(r.relkind <> 'S' AND has_any_column_privilege($1, r.oid, '${right}'))`;

const COLUMNS = `(SELECT coalesce(json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'category', bt.typcategory,
    'baseType', format_type(bt.oid, NULL), 'notNull', a.attnotnull OR t.typnotnull,
    'hasDefault', a.atthasdef OR t.typdefault IS NOT NULL, 'generated', a.attgenerated <> '',
    'identity', a.attidentity <> '', 'draws', a.attidentity <> '' OR coalesce((SELECT pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%'
      FROM pg_attrdef d WHERE d.adrelid = r.oid AND d.adnum = a.attnum), false),
    'labels', (SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e WHERE e.enumtypid = bt.oid),
    'bits', CASE WHEN bt.typname = 'bit' THEN nullif(CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, -1) END,
    'attributes', (SELECT count(*) FROM pg_attribute p WHERE p.attrelid = bt.typrelid AND p.attnum > 0 AND NOT p.attisdropped),
    'maxLength', CASE WHEN bt.typname IN ('varchar', 'bpchar') THEN
      nullif(CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, -1) - 4 END,
    'domainChecks', (SELECT coalesce(json_agg(pg_get_expr(d.conbin, 0)), '[]') FROM pg_constraint d
      WHERE d.contypid = t.oid AND d.contype = 'c'),
    'select', r.relkind <> 'S' AND has_column_privilege($1, r.oid, a.attnum, 'SELECT'),
    'insert', r.relkind <> 'S' AND has_column_privilege($1, r.oid, a.attnum, 'INSERT'),
    'update', r.relkind <> 'S' AND has_column_privilege($1, r.oid, a.attnum, 'UPDATE')) ORDER BY a.attnum), '[]')
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type bt ON bt.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const FOREIGN_KEYS = `(SELECT coalesce(json_agg(json_build_object('name', c.conname, 'columns', ${namesOf('c.conrelid', 'c.conkey')},
    'target', c.confrelid::text, 'targetColumns', ${namesOf('c.confrelid', 'c.confkey')},
    'deferrable', c.condeferrable, 'onDelete', c.confdeltype) ORDER BY c.conname), '[]')
  FROM pg_constraint c WHERE c.conrelid = r.oid AND c.contype = 'f'
    -- A key to a partitioned table is repeated for each partition.
    AND (c.conparentid = 0 OR r.relispartition))`;

const UNIQUE_KEYS = `(SELECT coalesce(json_agg(json_build_object('name', ic.relname, 'columns', ${namesOf('i.indrelid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')},
    'primary', i.indisprimary, 'partial', i.indpred IS NOT NULL) ORDER BY ic.relname), '[]')
  FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
  WHERE i.indrelid = r.oid AND i.indisunique AND i.indexprs IS NULL)`;

const CHECKS = `(SELECT coalesce(json_agg(json_build_object('name', c.conname, 'columns', coalesce(${namesOf('c.conrelid', 'c.conkey')}, '[]'),
    'expression', pg_get_expr(c.conbin, c.conrelid)) ORDER BY c.conname), '[]')
  FROM pg_constraint c WHERE c.conrelid = r.oid AND c.contype = 'c')`;

const RELATIONS = `SELECT json_build_object('id', r.oid::text, 'schema', n.nspname, 'name', r.relname, 'kind', r.relkind,
  'sql', format('%I.%I', n.nspname, r.relname),
  'reachable', has_schema_privilege($1, n.oid, 'USAGE') AND CASE WHEN r.relkind = 'S'
    THEN has_sequence_privilege($1, r.oid, 'USAGE, SELECT, UPDATE')
    ELSE has_table_privilege($1, r.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
      OR has_any_column_privilege($1, r.oid, 'SELECT, INSERT, UPDATE') END,
  'select', ${mayAny('SELECT')}, 'insert', ${mayAny('INSERT')}, 'update', ${mayAny('UPDATE')},
  'delete', r.relkind <> 'S' AND has_table_privilege($1, r.oid, 'DELETE'),
  'truncate', r.relkind <> 'S' AND has_table_privilege($1, r.oid, 'TRUNCATE'),
  'rewrites', concat((SELECT string_agg(p.prosrc, ' ') FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = r.oid AND NOT t.tgisinternal),
    (SELECT string_agg(pg_get_ruledef(w.oid), ' ') FROM pg_rewrite w WHERE w.ev_class = r.oid AND w.rulename <> '_RETURN')),
  'uses', (SELECT coalesce(json_agg(DISTINCT d.refobjid::text), '[]') FROM pg_rewrite w
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
    WHERE w.ev_class = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.oid),
  'owned', pg_has_role($1, r.relowner, 'MEMBER'), 'partition', r.relispartition,
  'bounds', (SELECT coalesce(json_agg(pg_get_expr(p.relpartbound, p.oid)), '[]') FROM pg_inherits h
    JOIN pg_class p ON p.oid = h.inhrelid WHERE h.inhparent = r.oid AND p.relispartition),
  'partitionColumns', coalesce((SELECT ${namesOf('r.oid', 'pt.partattrs::int2[]')} FROM pg_partitioned_table pt WHERE pt.partrelid = r.oid), '[]'),
  'columns', ${COLUMNS}, 'foreignKeys', ${FOREIGN_KEYS}, 'uniqueKeys', ${UNIQUE_KEYS}, 'checks', ${CHECKS}) AS relation
FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${VISIBLE} AND NOT ${OF_EXTENSION('pg_class', 'r.oid')}
ORDER BY n.nspname, r.relname`;

const ROUTINES = `SELECT json_build_object('id', p.oid::text, 'schema', n.nspname, 'name', p.proname, 'kind', p.prokind,
  'sql', format('%I.%I', n.nspname, p.proname),
  'argumentTypes', (SELECT coalesce(json_agg(format_type(t.type, NULL) ORDER BY t.at), '[]')
    FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(type, at)),
  'volatile', p.provolatile = 'v', 'definer', p.prosecdef, 'source', concat(p.prosrc, pg_get_function_sqlbody(p.oid)),
  'words', CASE WHEN p.prosecdef THEN (SELECT coalesce(json_agg(DISTINCT w[1]), '[]')
    FROM regexp_matches(p.prosrc, '\\y(?:from|join|into|update)\\s+"?([\\w$]+)"?(?!\\s*\\.)', 'gi') AS w) ELSE '[]' END) AS routine
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p') AND ${VISIBLE} AND NOT ${OF_EXTENSION('pg_proc', 'p.oid')}
  -- Constructors of range types come with the type.
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'i')
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND has_schema_privilege($1, n.oid, 'USAGE') AND has_function_privilege($1, p.oid, 'EXECUTE')
ORDER BY n.nspname, p.proname, p.oid`;

/** What policies, functions and views read with current_setting(). */
const SETTINGS = `(SELECT coalesce(json_agg(DISTINCT m[1]), '[]') FROM (
    SELECT concat(pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
    UNION ALL SELECT concat(p.prosrc, ' ', pg_get_function_sqlbody(p.oid)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE ${VISIBLE} AND p.prokind IN ('f', 'p')
    UNION ALL SELECT pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${VISIBLE} AND c.relkind = 'v'
  ) AS s(source), regexp_matches(source, 'current_setting\\s*\\(\\s*''([\\w.]+\\.[\\w]+)''', 'gi') AS m)`;

const DATABASE = `SELECT json_build_object('database', current_database(), 'version', current_setting('server_version_num')::int,
  'versionText', current_setting('server_version'), 'appRole', $1::text,
  'otherRoles', (SELECT coalesce(json_agg(r.rolname ORDER BY r.rolname), '[]') FROM pg_roles r
    WHERE pg_has_role($1, r.oid, 'MEMBER') AND r.rolname <> $1),
  'settings', ${SETTINGS},
  'literals', (SELECT coalesce(json_agg(DISTINCT m[1]), '[]') FROM (
    SELECT concat(pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid)) FROM pg_policy) AS s(source),
    regexp_matches(source, '''([^'']{1,40})''::text', 'g') AS m WHERE source ~ 'current_setting' AND m[1] !~ '\\.'),
  'creatable', (SELECT coalesce(json_agg(quote_ident(n.nspname) ORDER BY n.nspname), '[]') FROM pg_namespace n
    WHERE ${VISIBLE} AND has_schema_privilege($1, n.oid, 'CREATE')),
  'hasMachinery', EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'ringfence' AND p.proname = 'bind'),
  'provenMachinery', EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'ringfence' AND p.proname = 'bind' AND p.pronargs = 2)) AS database`;

/** What {@link readCatalog} asks; `$1` is the application role. */
export const CATALOG_QUERIES = { database: DATABASE, relations: RELATIONS, routines: ROUTINES };
