import { type Queryable, quoteIdentifier, quoteLiteral } from '../sql/index.js';
import type { Column, Command, Policy, Relation, Routine } from './catalog.js';
import type { NotRead } from './catalog-reader.js';
import { Harmlessness } from './harmless.js';
import { PHASES, policySet } from './policy-set.js';
import { type Judgement, type Question, questionKey } from './probe.js';
import { type Context, contextsFor, tenantsOf } from './probe-contexts.js';
import { mentioned, probeRowsSql } from './probe-rows.js';
import type { Survey } from './survey.js';
import { settingsIn } from './tenancy.js';

const BATCH = 40;

/** One predicate to evaluate; many questions may share it. */
interface Task {
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

/**
 * Asks the server, for every protected table, persona and command, whether the effective predicate is
 * true for a made-up row of another tenant: with no context, an empty one, another tenant's, one that
 * looks alike, and with every other setting forged. A *true* is a hole, whatever the policy looks like.
 *
 * Runs in the caller's READ ONLY transaction, as the persona where the auditing login may become it.
 */
export async function probePolicies(
  client: Queryable,
  survey: Survey,
): Promise<{ judgements: ReadonlyMap<string, Judgement>; notRead: NotRead[] }> {
  const become = await becomable(client);
  const harmless = new Harmlessness(survey.catalog);
  const tasks = new Map<string, Task>();
  const asked = new Map<string, string>();
  const planner: Planner = { survey, harmless, become, tasks, readings: new Map() };
  for (const question of questions(survey)) {
    asked.set(questionKey(question), plan(planner, question));
  }
  await answer(
    client,
    [...tasks.values()].filter(({ refusal }) => refusal === null),
  );
  const judged = new Map([...tasks].map(([key, task]) => [key, judgement(task)]));
  const judgements = new Map<string, Judgement>();
  for (const [question, key] of asked) {
    const known = judged.get(key);
    if (known) judgements.set(question, known);
  }
  const notRead = [...judged.values()]
    .filter(({ state }) => state === 'unknown')
    .map(({ predicate, why }) => ({
      what: `policy expression ${predicate.slice(0, 120)}`,
      why: `not evaluated, judged by its text only: ${why}`,
    }));
  return { judgements, notRead };
}

async function becomable(client: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT rolname::text AS name FROM pg_catalog.pg_roles
     WHERE pg_catalog.pg_has_role(current_user, oid, 'MEMBER')`,
  );
  return new Set(rows.map(({ name }) => name));
}

function* questions(survey: Survey): Generator<Question> {
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

interface Planner {
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
function plan(planner: Planner, { table, persona, command, phase }: Question): string {
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
    settings: [...new Set(texts.flatMap(settingsIn))].filter((name) => /^\w+(\.\w+)+$/.test(name)),
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
      others.length > 0 && !survey.proven,
      base === 'uuid' && /::uuid|RETURNS uuid/.test(all),
    ),
    role,
    json: texts.some((text) => /current_setting\([^)]*\)+\s*(,\s*''::text\))?::jsonb?/.test(text)),
    refusal: refusal(predicate, reading.reach, harmless, role),
    holes: new Map(),
    emptyFails: false,
    answered: 0,
    failure: null,
  };
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

async function answer(client: Queryable, tasks: readonly Task[]): Promise<void> {
  const runs = new Map<string, { context: Context; tasks: Task[] }>();
  for (const task of tasks) {
    for (const context of task.contexts) {
      const key = JSON.stringify([
        context,
        task.role,
        task.json,
        task.main,
        [...task.settings].sort(),
      ]);
      const run = runs.get(key) ?? { context, tasks: [] };
      run.tasks.push(task);
      runs.set(key, run);
    }
  }
  // Sessions that have set nothing come first: a setting cannot be made unknown again.
  const ordered = [...runs.values()].sort(
    (one, other) => Number(other.context.tenant === null) - Number(one.context.tenant === null),
  );
  for (const { context, tasks: all } of ordered) {
    for (let at = 0; at < all.length; at += BATCH) {
      await ask(client, context, all.slice(at, at + BATCH));
    }
  }
}

async function ask(client: Queryable, context: Context, tasks: readonly Task[]): Promise<void> {
  const [first] = tasks;
  if (!first) return;
  await client.query('SAVEPOINT probing');
  try {
    await setContext(client, context, first);
    if (first.role !== null) await client.query(`SET LOCAL ROLE ${quoteIdentifier(first.role)}`);
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT ${tasks.map(({ sql }, at) => `(${sql}) AS a${at}`).join(', ')}`,
    );
    for (const [at, task] of tasks.entries()) {
      task.answered += 1;
      for (const row of (rows[0]?.[`a${at}`] ?? '').split(',')) {
        if (row === '') continue;
        const hole = { row, context: context.kind } as Judgement['holes'][number];
        task.holes.set(`${row} ${context.kind}`, hole);
      }
    }
  } catch (error) {
    if (tasks.length === 1) failed(first, context, error as Error & { code?: string });
    await client.query('ROLLBACK TO SAVEPOINT probing');
    if (tasks.length > 1) {
      const half = Math.ceil(tasks.length / 2);
      await ask(client, context, tasks.slice(0, half));
      await ask(client, context, tasks.slice(half));
    }
    return;
  }
  await client.query('ROLLBACK TO SAVEPOINT probing');
}

async function setContext(client: Queryable, context: Context, task: Task): Promise<void> {
  const { tenant, others } = context;
  if (tenant === null || others === null) return;
  for (const setting of task.settings) {
    const value = setting === task.main ? tenant : others;
    const text = task.json ? asJson(task.predicate, value) : value;
    // Not set_config: a careful database takes it from PUBLIC.
    const name = setting.split('.').map(quoteIdentifier).join('.');
    await client.query(`SET LOCAL ${name} = ${quoteLiteral(text)}`);
  }
}

/** A context that is a JSON document carries the tenant under every key that is read from it. */
function asJson(predicate: string, value: string): string {
  const keys = [...predicate.matchAll(/->>?\s*'([^']+)'/g)].map(([, key]) => [key ?? '', value]);
  return value === '' ? '' : JSON.stringify(Object.fromEntries(keys));
}

/** An error is no hole: the command fails closed. Two kinds of it say something. */
function failed(task: Task, context: Context, error: Error & { code?: string }): void {
  if (context.kind === 'empty' && error.code === '22P02') task.emptyFails = true;
  const unusable = /^(42501|42P01|42703|42883|3F000|25006|57014|42P17|0A000)$/.test(
    error.code ?? '',
  );
  if (unusable) task.failure = error.message;
  else task.answered += 1;
}

function judgement(task: Task): Judgement {
  const holes = [...task.holes.values()];
  const { emptyFails, predicate } = task;
  if (holes.length > 0) return { state: 'open', holes, emptyFails, predicate };
  const why = task.refusal ?? (task.answered === 0 ? task.failure : null);
  if (why !== null) return { state: 'unknown', holes, emptyFails, predicate, why };
  return { state: 'tight', holes, emptyFails, predicate };
}
