import { type Queryable, quoteIdentifier, quoteLiteral } from '../sql/index.js';
import type { NotRead } from './catalog-reader.js';
import { Harmlessness } from './harmless.js';
import { type Planner, plan, questions, type Task } from './plan-probes.js';
import { type Judgement, questionKey } from './probe.js';
import type { Context } from './probe-contexts.js';
import type { Survey } from './survey.js';

const BATCH = 40;

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
    const prelude = preludeOf(context, first);
    if (prelude !== '') await client.query(prelude);
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

/** The settings and the role to ask with, in one message. */
function preludeOf({ tenant, others }: Context, task: Task): string {
  const statements: string[] = [];
  for (const setting of tenant === null || others === null ? [] : task.settings) {
    const value = (setting === task.main ? tenant : others) ?? '';
    const text = task.json ? asJson(task.predicate, value) : value;
    // Not set_config: a careful database takes it from PUBLIC.
    const name = setting.split('.').map(quoteIdentifier).join('.');
    statements.push(`SET LOCAL ${name} = ${quoteLiteral(text)}`);
  }
  if (task.role !== null) statements.push(`SET LOCAL ROLE ${quoteIdentifier(task.role)}`);
  return statements.join('; ');
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

/** A row with another key says something only where that key alone opens it. */
function meaningful(holes: readonly Judgement['holes'][number][]): Judgement['holes'] {
  const anyway = holes.some(({ row, context }) => row === 'keyed' && context !== 'other-key');
  return holes.filter(({ row, context }) => (row === 'keyed' ? !anyway : context !== 'other-key'));
}

function judgement(task: Task): Judgement {
  const holes = meaningful([...task.holes.values()]);
  const { emptyFails, predicate } = task;
  if (holes.length > 0) return { state: 'open', holes, emptyFails, predicate };
  const why = task.refusal ?? (task.answered === 0 ? task.failure : null);
  if (why !== null) return { state: 'unknown', holes, emptyFails, predicate, why };
  return { state: 'tight', holes, emptyFails, predicate };
}
