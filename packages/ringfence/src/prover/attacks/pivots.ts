import { PROOF_SETTING, quoteIdentifier, quoteLiteral } from '../../sql/index.js';
import type { Party, Scene } from '../scene/scene.js';
import type { Statement } from '../scene/session.js';

/** A way to take another tenant's place with nothing but SQL as the application role. */
export interface Pivot {
  readonly name: string;
  readonly statements: readonly Statement[];
}

/** Every way to forge the setting that carries the tenant. */
export function settingPivots(scene: Scene, victim: Party, carrier: string): Pivot[] {
  const tenant = quoteLiteral(victim.tenant);
  const setting = quoteLiteral(carrier);
  const name = carrier.split('.').map(quoteIdentifier).join('.');
  const pivot = (label: string, ...texts: string[]): Pivot => ({
    name: label,
    statements: texts.map((text) => ({ text })),
  });
  const set = `SELECT set_config(${setting}, ${tenant}, true)`;
  return [
    pivot('set_config', set),
    pivot('set_config for the session', `SELECT set_config(${setting}, ${tenant}, false)`),
    pivot('SET LOCAL', `SET LOCAL ${name} = ${tenant}`),
    pivot('SET', `SET ${name} = ${tenant}`),
    pivot(
      'set_config inside a sub-query',
      `SELECT (SELECT set_config(${setting}, ${tenant}, true))`,
    ),
    pivot('DO', `DO $attack$ BEGIN PERFORM set_config(${setting}, ${tenant}, true); END $attack$`),
    pivot('a wildcard', `SELECT set_config(${setting}, '%', true)`),
    pivot('an empty setting', `SELECT set_config(${setting}, '', true)`),
    pivot('RESET', `RESET ${name}`),
    pivot('another case', `SELECT set_config(${setting}, upper(${tenant}), true)`),
    pivot(
      'a tenant that is no tenant',
      `SELECT set_config(${setting}, ${tenant} || ' or true', true)`,
    ),
    ...(scene.catalog.hasMachinery ? machinery(tenant, setting, pivot) : []),
  ];
}

/** Ways past the tenant context: other roles, flags, ownership, switches. */
export function rolePivots(scene: Scene, victim: Party, carrier: string): Pivot[] {
  const tenant = quoteLiteral(victim.tenant);
  const pivot = (label: string, ...texts: string[]): Pivot => ({
    name: label,
    statements: texts.map((text) => ({ text })),
  });
  return [
    pivot('row_security', 'SET row_security = off'),
    pivot('replication role', 'SET session_replication_role = replica'),
    pivot('search path', 'SET search_path = pg_temp, public'),
    pivot('giving its rights up', 'DROP OWNED BY CURRENT_USER'),
    pivot(
      'a temporary function before the real one',
      'CREATE FUNCTION pg_temp.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $f$ SELECT ' +
        tenant +
        ' $f$',
      'SET search_path = pg_temp, pg_catalog, public',
    ),
    ...bypassFlags(carrier),
    ...roles(scene),
    ...ownership(scene),
  ];
}

/** Flags that a policy might believe. */
function bypassFlags(carrier: string): Pivot[] {
  const [space = 'app'] = carrier.split('.');
  const flags = ['is_admin', 'bypass_rls', 'bypass', 'superuser', 'is_superuser', 'role', 'admin'];
  return flags.map((flag) => ({
    name: `the flag ${space}.${flag}`,
    statements: ['on', 'true', 'admin'].slice(0, 1).flatMap((value) => [
      {
        text: `SELECT set_config(${quoteLiteral(`${space}.${flag}`)}, ${quoteLiteral(value)}, true)`,
      },
    ]),
  }));
}

function roles({ catalog, ownConnections }: Scene): Pivot[] {
  const names = [...catalog.otherRoles, 'postgres'];
  return names.flatMap((role) => [
    { name: `SET ROLE ${role}`, statements: [{ text: `SET ROLE ${quoteIdentifier(role)}` }] },
    // Where the scene itself is a disguised administrator, this would only undo the disguise.
    ...(ownConnections
      ? [
          {
            name: `SET SESSION AUTHORIZATION ${role}`,
            statements: [{ text: `SET SESSION AUTHORIZATION ${quoteIdentifier(role)}` }],
          },
        ]
      : []),
  ]);
}

function machinery(
  tenant: string,
  setting: string,
  pivot: (label: string, ...texts: string[]) => Pivot,
): Pivot[] {
  const proof = quoteLiteral(PROOF_SETTING);
  const current = `current_setting(${proof}, true)`;
  const forged = (label: string, text: string): Pivot =>
    pivot(
      label,
      `SELECT set_config(${setting}, ${tenant}, true), set_config(${proof}, ${text}, true)`,
    );
  return [
    pivot('bind without a proof', `SELECT ringfence.bind(${tenant})`),
    pivot('bind with an empty proof', `SELECT ringfence.bind(${tenant}, '')`),
    pivot("bind with one's own proof", `SELECT ringfence.bind(${tenant}, ${current})`),
    pivot(
      "reset and bind with one's own proof",
      `SELECT set_config(${setting}, '', true)`,
      `SELECT ringfence.bind(${tenant}, ${current})`,
    ),
    forged('an unknown key', "'none.9999999999.00'"),
    forged(
      'a mac of the attacker',
      `split_part(${current}, '.', 1) || '.9999999999.' || encode(sha256(convert_to(${tenant}, 'UTF8')), 'hex')`,
    ),
    forged('a longer life', `regexp_replace(${current}, '\\.\\d+\\.', '.99999999999.')`),
    forged('a proof that is no proof', "'...'"),
    forged('no proof at all', "''"),
    pivot(
      'a key of the attacker',
      "INSERT INTO ringfence.context_keys VALUES ('mine', decode(repeat('36', 64), 'hex'), decode(repeat('5c', 64), 'hex'))",
      `SELECT set_config(${setting}, ${tenant}, true), set_config(${proof}, ${macOf(tenant, "'mine'", "decode(repeat('36', 64), 'hex')", "decode(repeat('5c', 64), 'hex')")}, true)`,
    ),
    pivot(
      'a key that can be read',
      `SELECT set_config(${setting}, ${tenant}, true), set_config(${proof}, ${macOf(tenant, 'kid', 'inner_pad', 'outer_pad')}, true) FROM ringfence.context_keys`,
    ),
    pivot('reading the keys', 'SELECT * FROM ringfence.context_keys'),
    pivot(
      'another reader',
      `CREATE OR REPLACE FUNCTION ringfence.current_tenant_id() RETURNS uuid LANGUAGE sql STABLE AS $f$ SELECT ${tenant}::uuid $f$`,
    ),
  ];
}

/** The proof that a holder of these pads can make, as SQL. */
function macOf(tenant: string, kid: string, inner: string, outer: string): string {
  const message = `convert_to(${tenant} || '.' || ${kid} || '.9999999999', 'UTF8')`;
  return `${kid} || '.9999999999.' || encode(sha256(${outer} || sha256(${inner} || ${message})), 'hex')`;
}

/** What an owner could do, for the first table that both tenants have rows in. */
function ownership({ catalog, parties }: Scene): Pivot[] {
  const [a] = parties;
  return catalog.relations
    .filter(({ id, reachable }) => reachable && a.rows.has(id))
    .filter(({ owned }, at) => owned || at < 1)
    .flatMap(({ sql }) => [
      {
        name: `switching row-level security of ${sql} off`,
        statements: [{ text: `ALTER TABLE ${sql} DISABLE ROW LEVEL SECURITY` }],
      },
      {
        name: `a policy of the attacker on ${sql}`,
        statements: [{ text: `CREATE POLICY mine ON ${sql} USING (true)` }],
      },
    ]);
}
