import { MACHINERY_SCHEMA } from '../../sql/index.js';
import type { Attack } from '../attack.js';
import type { Routine } from '../catalog/catalog.js';
import { learnt } from '../scene/learnt.js';
import type { Actor, Party, Scene } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { absentValue } from './absent-value.js';
import { closedCanaries, seesCanary } from './canary.js';
import { guises } from './row-filter.js';
import { shadowing } from './shadowing.js';
import { changesVictim } from './victim-digest.js';

const MOST_CALLS = 24;
const ABSENT_DRAWS = 4;

/** No right, no proof of the tenant, no signature of the process: the function says no by itself. */
const REFUSAL = /^(42501|28\w{3}|RF\d{3})$/;

/**
 * `find_tenant` answers by exact name, by design: it is asked before a tenant is known. What a tenant
 * does with its own domains is attacked in postgres/tenant-domains.db.test.ts.
 */
const MACHINERY = new Set([
  'bind',
  'current_tenant_id',
  'find_tenant',
  'activate_domain',
  'deactivate_domain',
  'own_domains',
]);

/** Calls a function with what an attacker may know of the other tenant. */
export const call: Attack = {
  operation: 'call',
  applies: (target) => target.type === 'routine' && !isMachinery(target.routine),
  run: async ({ scene, attacker, victim, target }) => {
    if (target.type !== 'routine') throw new Error('call attacks functions.');
    // The machinery's own functions roll back whole.
    const unknown = target.routine.volatile && target.routine.schema !== MACHINERY_SCHEMA;
    if (!scene.throwaway && unknown) {
      return notProvable('it is volatile: what it does outside the transaction would stay');
    }
    return attack(scene, attacker, victim, target.routine);
  },
};

/** The machinery's own functions are what the context pivots attack. */
function isMachinery({ schema, name }: Routine): boolean {
  return schema === MACHINERY_SCHEMA && MACHINERY.has(name);
}

async function attack(
  scene: Scene,
  attacker: Party,
  victim: Party,
  routine: Routine,
): Promise<Verdict> {
  const choices = argumentsFor(scene, routine, victim);
  if (choices.length === 0) return notProvable('nothing fits its arguments');
  const [canary] = await closedCanaries(scene, attacker, victim);
  let ran = false;
  let unclear = false;
  let refused = '';
  for (const values of choices) {
    const statement = calling(routine, values);
    for (const actor of guises(scene, attacker)) {
      const outcome = await scene.attempt(actor, statement);
      if (outcome.ok) ran = true;
      else refused ||= outcome.message;
      if (!outcome.ok && !REFUSAL.test(outcome.code)) unclear = true;
      const value = learnt(victim, outcome, [statement]);
      if (value !== undefined) return leaked(shown(statement), `the value ${value}`);
      const pivot = outcome.ok && (await pivoted(scene, actor, victim, statement, canary));
      if (pivot) return pivot;
      if (routine.volatile && (await changesVictim(scene, actor, victim, statement))) {
        return leaked(shown(statement), 'rows of the other tenant were changed');
      }
    }
    const shadow = shadowing(scene, victim, routine);
    if (shadow.length > 0) {
      const outcome = await scene.attempt(attacker, ...shadow, statement);
      const value = learnt(victim, outcome, [...shadow, statement]);
      if (value !== undefined) {
        return leaked([...shadow, statement].map(shown).join('; '), `the value ${value}`);
      }
    }
    const told = await tells(scene, attacker, routine, values);
    if (told) return told;
  }
  if (ran) return proven('nothing of the other tenant came back');
  return !unclear ? proven(`refused: ${refused}`) : notProvable(`no call succeeded: ${refused}`);
}

/** Up to {@link MOST_CALLS} argument lists made of what belongs to the victim, and of an injection. */
function argumentsFor(
  scene: Scene,
  { argumentTypes, source }: Routine,
  victim: Party,
): (string | null)[][] {
  if (argumentTypes.length === 0) return [[]];
  const values = valuesOf(scene, victim, source);
  const pools = argumentTypes.map((type) => pool(type, victim, values));
  if (pools.some((each) => each.length === 0)) return [];
  const longest = Math.max(...pools.map((each) => each.length));
  const lists: (string | null)[][] = [];
  // Each argument walks through its pool, and the first stays with the tenant once.
  for (let at = 0; at < longest; at += 1) {
    lists.push(pools.map((each) => each[at % each.length] ?? null));
    if (argumentTypes.length > 1) {
      lists.push(pools.map((each, n) => (n === 0 ? each[0] : each[at % each.length]) ?? null));
    }
  }
  return [...new Map(lists.map((list) => [JSON.stringify(list), list])).values()].slice(
    0,
    MOST_CALLS,
  );
}

/** What the victim's rows hold, those first that the function names. */
function valuesOf({ catalog }: Scene, victim: Party, source: string): string[] {
  const named = catalog.relations.filter(({ name }) => source.includes(name));
  const rows = [...named, ...catalog.relations].map(({ id }) => victim.rows.get(id));
  return rows
    .flatMap((row) => [...(row?.values() ?? [])])
    .filter((value): value is string => value !== null);
}

function pool(type: string, victim: Party, known: readonly string[]): (string | null)[] {
  if (type.endsWith('[]')) {
    const each = pool(type.slice(0, -2), victim, known);
    return each.map((value) => (value === null ? '{}' : `{${JSON.stringify(value)}}`));
  }
  if (type === 'uuid')
    return unique(
      [victim.tenant, ...known].filter((text) => /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text)),
    );
  if (/^(text|character|name|citext)/.test(type)) {
    const words = known.filter((text) => /^rf[0-9a-f]{10}/.test(text));
    return unique([victim.tenant, "x' OR true --", "') OR true --", '%', '', ...words]);
  }
  if (/^(integer|bigint|smallint|numeric|double|real)/.test(type)) {
    const most = type === 'smallint' ? 32_767 : 2_147_483_647;
    return unique(
      [victim.tenant, ...known, '1', '0'].filter(
        (text) => /^\d{1,10}$/.test(text) && Number(text) <= most,
      ),
    );
  }
  if (type === 'boolean') return ['true', 'false'];
  if (/^json/.test(type)) return ['{}', '[]'];
  if (/^(timestamp|date)/.test(type)) return ['2000-01-01', '2100-01-01'];
  return [null];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function calling(
  { sql, kind, argumentTypes }: Routine,
  values: readonly (string | null)[],
): Statement {
  const places = argumentTypes.map((type, at) => `$${at + 1}::${type}`).join(', ');
  return {
    text: kind === 'p' ? `CALL ${sql}(${places})` : `SELECT * FROM ${sql}(${places})`,
    values,
  };
}

/** Does the function put its caller into the other tenant's place? */
async function pivoted(
  scene: Scene,
  actor: Actor,
  victim: Party,
  statement: Statement,
  canary: Statement | undefined,
): Promise<Verdict | undefined> {
  if (!canary) return undefined;
  const seen = await seesCanary(scene, actor, victim, canary, [statement]);
  if (seen === undefined) return undefined;
  return leaked(`${shown(statement)}; ${shown(canary)}`, `a row with ${seen}`);
}

/** Does it answer differently for what exists and for what does not: rows, NULL, true or false? */
async function tells(
  scene: Scene,
  attacker: Party,
  routine: Routine,
  values: readonly (string | null)[],
): Promise<Verdict | undefined> {
  if (values.every((value) => absentValue(value) === value)) return undefined;
  const shape = async (list: readonly (string | null)[]): Promise<string | undefined> => {
    const outcome = await scene.attempt(attacker, calling(routine, list));
    if (!outcome.ok) return undefined;
    return JSON.stringify(
      outcome.answers.map(({ rows }) => rows.map((row) => row.map((one) => coarse(one)))),
    );
  };
  const foreign = await shape(values);
  if (foreign === undefined) return undefined;
  const absent = new Set<string | undefined>();
  for (let draw = 0; draw < ABSENT_DRAWS; draw += 1)
    absent.add(await shape(values.map(absentValue)));
  // Where absent ones differ from each other it goes by the value, not by what is there.
  if (absent.size > 1 || absent.has(foreign)) return undefined;
  // Functions that answer differently each time tell nothing.
  if (foreign !== (await shape(values))) return undefined;
  return leaked(
    shown(calling(routine, values)),
    'that it exists: nothing comes back for an absent one',
  );
}

function coarse(value: string | null): string {
  return value === null || /^(t|f|\d{1,7})$/.test(value) ? String(value) : 'value';
}
