import { quoteIdentifier } from '../sql/index.js';
import { booleanTerms, type Term } from './boolean-terms.js';
import type { Column, Command, Policy, Relation, Routine } from './catalog.js';
import type { Harmlessness } from './harmless.js';
import { PHASES, policySet } from './policy-set.js';
import type { Judgement, Question } from './probe.js';
import { type Context, contextsFor, tenantsOf } from './probe-contexts.js';
import { otherKey } from './probe-keys.js';
import { mentioned, probeRowsSql } from './probe-rows.js';
import type { Survey } from './survey.js';
import { settingsIn } from './tenancy.js';

/** One predicate to evaluate; many questions may share it. */
export interface Task {
  readonly sql: string;
  readonly predicate: string;
  readonly settings: readonly string[];
  /** The one of them that carries the tenant in this database. */
  readonly main: string | null;
  readonly contexts: readonly Context[];
  readonly role: string | null;
  readonly json: boolean;
  readonly refusal: string | null;
  readonly holes: Map<string, Judgement['holes'][number]>;
  emptyFails: boolean;
  answered: number;
  failure: string | null;
}

/** Every table, persona, command and phase that has to be judged. */
export function* questions(survey: Survey): Generator<Question> {
  const { catalog } = survey;
  const definers = new Set([
    ...catalog.relations.filter(({ kind }) => kind === 'v').map(({ owner }) => owner),
    ...catalog.functions
      .filter((each) => each.definer && !each.extension)
      .map(({ owner }) => owner),
  ]);
  for (const table of survey.tables) {
    if (!table.rls) continue;
    const owners = [...new Set([...definers, table.owner])];
    for (const [name, phases] of Object.entries(PHASES)) {
      const command = name as Command;
      for (const persona of new Set([...survey.holders(table, command), ...owners])) {
        if (survey.rights.bypasses(persona)) continue;
        for (const phase of phases) yield { table, persona, command, phase };
      }
    }
  }
}

/** What planning needs and gathers. */
export interface Planner {
  readonly survey: Survey;
  readonly harmless: Harmlessness;
  readonly become: ReadonlySet<string>;
  readonly tasks: Map<string, Task>;
  /** What a predicate comes to, worked out once per text: most tables share theirs. */
  readonly readings: Map<string, Reading>;
}

interface Reading {
  readonly reach: Reach;
  readonly texts: readonly string[];
  readonly settings: readonly string[];
  /** Does the answer depend on who asks the server? */
  readonly asRole: boolean;
}

/** Finds or makes the task that answers a question, and returns its key. */
export function plan(planner: Planner, { table, persona, command, phase }: Question): string {
  const { survey } = planner;
  const set = policySet(survey.policies(table), survey.rights, persona, command, phase);
  const { predicate } = set;
  const tenant = survey.tenantColumn(table);
  const columns = mentioned(survey.columns(table), predicate);
  const reading = readingOf(planner, predicate, [...set.permissive, ...set.restrictive]);
  const role = reading.asRole && planner.become.has(persona) ? persona : null;
  const key = JSON.stringify([
    predicate,
    columns.map(({ name, type, notNull }) => [name, type, notNull]),
    tenant?.name,
    predicate.includes(`${table.name}.`) || predicate.includes(`"${table.name}"`) ? table.oid : '',
    role,
  ]);
  if (!planner.tasks.has(key)) {
    planner.tasks.set(key, makeTask(planner, { table, tenant, columns, predicate, reading, role }));
  }
  return key;
}

function readingOf(
  { survey, readings }: Planner,
  predicate: string,
  policies: readonly Policy[],
): Reading {
  const known = readings.get(predicate);
  if (known) return known;
  const reach = reachOf(survey, policies);
  const texts = [predicate, ...reach.functions.map(({ body }) => body)];
  const reading = {
    reach,
    texts,
    // Only settings of one's own, which have a dot in their names, are ever set.
    settings: [...new Set(texts.flatMap(settingsIn))].filter((name) =>
      /^(\w+(\.\w+)+|application_name)$/.test(name),
    ),
    asRole:
      reach.relations.length > 0 ||
      reach.functions.length > 0 ||
      /\b(CURRENT_USER|SESSION_USER|CURRENT_ROLE)\b/i.test(predicate),
  };
  readings.set(predicate, reading);
  return reading;
}

interface Subject {
  readonly table: Relation;
  readonly tenant: Column | undefined;
  readonly columns: readonly Column[];
  readonly predicate: string;
  readonly reading: Reading;
  readonly role: string | null;
}

function makeTask({ survey, harmless }: Planner, subject: Subject): Task {
  const { table, tenant, columns, predicate, reading, role } = subject;
  const { texts, settings } = reading;
  const base = tenant?.base ?? 'uuid';
  const all = texts.join(' ');
  const others = settings.filter((name) => name !== survey.tenancy.setting);
  return {
    predicate,
    sql: rowsSql(table, columns, tenant, predicate),
    settings,
    main: settings.find((name) => name === survey.tenancy.setting) ?? null,
    contexts: contextsFor(
      tenantsOf(base),
      all,
      {
        names: settings,
        forge: !survey.proven,
        others: others.length > 0,
        otherKey: otherKey(columns, tenant),
        readers: readersOf(predicate, reading.reach.functions),
      },
      base === 'uuid' && /::uuid|RETURNS uuid/.test(all),
    ),
    role,
    json: texts.some((text) => /current_setting\([^)]*\)+\s*(,\s*''::text\))?::jsonb?/.test(text)),
    refusal:
      refusal(predicate, reading.reach, harmless, role) ?? denied(survey, reading.reach, role),
    holes: new Map(),
    emptyFails: false,
    answered: 0,
    failure: null,
  };
}

/** The operands that read a setting, and the bodies that do. */
function readersOf(predicate: string, functions: readonly Routine[]): string {
  const names = ['current_setting', ...functions.map(({ name }) => name)];
  const leaves = (term: Term): string[] =>
    term.kind === 'leaf' ? [term.text] : term.terms.flatMap(leaves);
  return [...leaves(booleanTerms(predicate)), ...functions.map(({ body }) => body)]
    .filter((text) => names.some((name) => text.includes(name)))
    .join(' ');
}

function rowsSql(
  table: Relation,
  columns: readonly Column[],
  tenant: Column | undefined,
  predicate: string,
): string {
  return `SELECT pg_catalog.string_agg(DISTINCT "ringfence row", ',')
    FROM (${probeRowsSql(columns, tenant, predicate)}) AS ${quoteIdentifier(table.name)}
    WHERE ${predicate}`;
}

interface Reach {
  readonly relations: Relation[];
  readonly functions: Routine[];
}

/** The tables and functions that policies come to, through the policies of those tables too. */
function reachOf(survey: Survey, policies: readonly Policy[]): Reach {
  const relations = new Map<string, Relation>();
  const functions: Reach['functions'] = [];
  const queue = [...policies];
  for (const policy of queue) {
    for (const oid of policy.functions) {
      const routine = survey.routine(oid);
      if (routine && !functions.includes(routine)) functions.push(routine);
    }
    for (const oid of policy.relations) {
      const relation = survey.relation(oid);
      if (!relation || relations.has(oid)) continue;
      relations.set(oid, relation);
      queue.push(...survey.policies(relation));
    }
  }
  return { relations: [...relations.values()], functions };
}

function refusal(
  predicate: string,
  reach: Reach,
  harmless: Harmlessness,
  role: string | null,
): string | null {
  const harmful = reach.functions.find((each) => !harmless.routine(each));
  if (harmful) return `${harmful.schema}.${harmful.name} may do more than compute`;
  if (!harmless.expression(predicate)) return 'it calls something that may do more than compute';
  if (reach.relations.some(({ kind }) => kind !== 'r' && kind !== 'p')) return 'it reads a view';
  if (reach.relations.length > 0 && role === null) {
    return 'it reads tables, and the auditing login may not become the application role';
  }
  return null;
}

/** What the server would deny is not asked: one error costs a whole batch its answer. */
function denied(survey: Survey, reach: Reach, role: string | null): string | null {
  if (role === null) return null;
  const { rights } = survey;
  const closed = [...reach.relations, ...reach.functions].find(({ schema }) => {
    return !survey.canUse(role, schema);
  });
  if (closed) return `${role} may not use the schema ${closed.schema}`;
  const unread = reach.relations.find((relation) => {
    const columns = survey.columns(relation).flatMap(({ acl }) => acl);
    return ![relation, { owner: '', acl: columns }].some((each) =>
      rights.privileges(role, each).has('SELECT'),
    );
  });
  return unread ? `${role} may not read ${unread.schema}.${unread.name}` : null;
}
