import type { Catalog, Grant, Relation, Routine } from './catalog.js';

/** One fact of a catalog under a name that is the same in every database. */
export interface Fact {
  readonly kind: string;
  readonly name: string;
  readonly value: string;
}

/** A catalog as facts: no oids, no order, nothing that differs between two equal schemas. */
export function* catalogFacts(catalog: Catalog): Generator<Fact> {
  const relations = new Map(catalog.relations.map((each) => [each.oid, each]));
  const named = (oid: string | null): string => {
    const relation = oid === null ? undefined : relations.get(oid);
    return relation ? `${relation.schema}.${relation.name}` : '?';
  };
  const routines = new Map(catalog.functions.map((each) => [each.oid, signature(each)]));
  for (const relation of catalog.relations) yield* relationFacts(relation);
  for (const { relation, name, type, notNull, default: value, acl } of catalog.columns) {
    const at = `${named(relation)}.${name}`;
    yield {
      kind: 'column',
      name: at,
      value: `${type}${notNull ? ' NOT NULL' : ''}${value === null ? '' : ` DEFAULT ${value}`}`,
    };
    yield* grantFacts(`column ${at}`, acl);
  }
  for (const policy of catalog.policies) {
    const { relation, name, command, permissive, roles, using, check } = policy;
    const kind = permissive ? 'permissive policy' : 'restrictive policy';
    const to = roles.map((role) => role || 'PUBLIC').join(', ');
    yield {
      kind,
      name: `${name} on ${named(relation)}`,
      value: `FOR ${command} TO ${to} USING (${using}) WITH CHECK (${check ?? using})`,
    };
  }
  for (const { relation, name, kind, definition } of catalog.constraints) {
    yield {
      kind: kind === 'f' ? 'foreign key' : 'constraint',
      name: `${name} on ${named(relation)}`,
      value: definition,
    };
  }
  for (const { relation, name, definition, constraint } of catalog.indexes) {
    if (!constraint)
      yield { kind: 'index', name: `${name} on ${named(relation)}`, value: definition };
  }
  for (const routine of catalog.functions) yield* routineFacts(routine);
  for (const { relation, name, function: oid, enabled } of catalog.triggers) {
    yield {
      kind: 'trigger',
      name: `${name} on ${named(relation)}`,
      value: `${routines.get(oid) ?? '?'}${enabled ? '' : ' disabled'}`,
    };
  }
  for (const { relation, name, definition } of catalog.rules) {
    yield { kind: 'rule', name: `${name} on ${named(relation)}`, value: definition };
  }
  for (const role of catalog.roles) {
    if (role.name.startsWith('pg_')) continue;
    const { name, ...flags } = role;
    yield {
      kind: 'role',
      name,
      value: Object.entries(flags)
        .filter(([, on]) => on)
        .map(([flag]) => flag)
        .join(' '),
    };
  }
  for (const { role, member, inherit, set, admin } of catalog.memberships) {
    yield {
      kind: 'membership',
      name: `${member} in ${role}`,
      value: `inherit ${inherit}, set ${set}, admin ${admin}`,
    };
  }
  for (const { name, acl } of catalog.schemas) yield* grantFacts(`schema ${name}`, acl);
  yield* grantFacts('database', catalog.database.acl);
  for (const { role, schema, kind, acl } of catalog.defaults) {
    yield* grantFacts(
      `defaults of ${role} for ${kind}${schema === null ? '' : ` in ${schema}`}`,
      acl,
    );
  }
  for (const { role, name, value } of catalog.roleSettings) {
    yield { kind: 'setting', name: `${name} of ${role || 'everybody'}`, value };
  }
  for (const each of catalog.eventTriggers) {
    yield {
      kind: 'event trigger',
      name: each.name,
      value: `${each.event} ${each.tags.join()} ${each.enabled}`,
    };
  }
  for (const each of catalog.publications) {
    const tables = each.tables
      .map(({ relation, filter }) => `${named(relation)} WHERE ${filter}`)
      .sort();
    yield {
      kind: 'publication',
      name: each.name,
      value: `${each.allTables} ${each.schemas.join()} ${tables.join()}`,
    };
  }
  for (const each of catalog.servers) {
    yield { kind: 'server', name: each.name, value: each.mappings.join() };
    yield* grantFacts(`server ${each.name}`, each.acl);
  }
}

function* relationFacts(relation: Relation): Generator<Fact> {
  const { schema, name, kind, owner, rls, forced, options, definition, acl } = relation;
  const at = `${schema}.${name}`;
  yield { kind: 'relation', name: at, value: kind };
  yield { kind: 'owner', name: at, value: owner };
  if (kind === 'r' || kind === 'p') {
    yield {
      kind: 'row-level security',
      name: at,
      value: `${rls ? 'on' : 'off'}${forced ? ', forced' : ''}`,
    };
  }
  if (kind === 'v' || kind === 'm') {
    yield { kind: 'view', name: at, value: `${[...options].sort().join()} ${definition}` };
  }
  yield* grantFacts(at, acl);
}

function* routineFacts(routine: Routine): Generator<Fact> {
  if (routine.extension && routine.schema !== 'pg_catalog') return;
  const { definer, volatility, leakproof, config, body, owner, language } = routine;
  const name = signature(routine);
  const kind = definer ? 'definer function' : 'function';
  yield {
    kind,
    name,
    value: [owner, language, volatility, leakproof, config.join(), body].join('|'),
  };
  yield* grantFacts(name, routine.acl);
}

function* grantFacts(on: string, acl: readonly Grant[]): Generator<Fact> {
  for (const { grantee, privilege, grantable } of acl) {
    yield {
      kind: 'grant',
      name: `${privilege} on ${on} to ${grantee || 'PUBLIC'}`,
      value: grantable ? 'with grant option' : '',
    };
  }
}

function signature({ schema, name, arguments: args }: Routine): string {
  return `${schema}.${name}(${args})`;
}
