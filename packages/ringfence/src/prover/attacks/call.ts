import { MACHINERY_SCHEMA, quoteIdentifier } from '../../sql/index.js';
import type { Attack } from '../attack.js';
import type { Routine } from '../catalog/catalog.js';
import { learnt } from '../scene/learnt.js';
import { type Party, type Scene, WITHOUT_FOREIGN_KEYS } from '../scene/scene.js';
import { type Statement, shown } from '../scene/session.js';
import { leaked, notProvable, proven, type Verdict } from '../verdict.js';
import { absentValue } from './absent-value.js';
import { canariesOf, seesCanary } from './canary.js';
import { guises } from './row-filter.js';

const MOST_CALLS = 12;

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
    if (!scene.throwaway && target.routine.volatile) {
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
  const choices = argumentsFor(routine, victim);
  if (choices.length === 0) return notProvable('nothing fits its arguments');
  let ran = false;
  let refused = '';
  for (const values of choices) {
    const statement = calling(routine, values);
    for (const actor of guises(scene, attacker)) {
      const outcome = await scene.attempt(actor, statement);
      if (outcome.ok) ran = true;
      else refused ||= outcome.message;
      const value = learnt(victim, outcome, [statement]);
      if (value !== undefined) return leaked(shown(statement), `the value ${value}`);
      if (!outcome.ok) {
        // What a foreign key stopped this time goes through for another row.
        const harm = outcome.code.startsWith('23')
          ? await harmed(scene, actor, victim, routine, statement, [WITHOUT_FOREIGN_KEYS])
          : undefined;
        if (harm) return harm;
        continue;
      }
      const pivot = await pivoted(scene, actor, victim, statement);
      if (pivot) return pivot;
      const harm = await harmed(scene, actor, victim, routine, statement);
      if (harm) return harm;
    }
    const told = await tells(scene, attacker, routine, values);
    if (told) return told;
  }
  return ran
    ? proven('nothing of the other tenant came back')
    : notProvable(`no call succeeded: ${refused}`);
}

/** Up to {@link MOST_CALLS} argument lists made of what belongs to the victim, and of an injection. */
function argumentsFor({ argumentTypes }: Routine, victim: Party): (string | null)[][] {
  if (argumentTypes.length === 0) return [[]];
  const pools = argumentTypes.map((type) => pool(type, victim));
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

function pool(type: string, victim: Party): (string | null)[] {
  const values = [...victim.rows.values()].flatMap((row) => [...row.values()]);
  const known = values.filter((value): value is string => value !== null);
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
  actor: Parameters<Scene['attempt']>[0],
  victim: Party,
  statement: Statement,
): Promise<Verdict | undefined> {
  for (const canary of canariesOf(scene, victim).slice(0, 1)) {
    const seen = await seesCanary(scene, actor, victim, canary, [statement]);
    if (seen !== undefined) {
      return leaked(`${shown(statement)}; ${shown(canary)}`, `a row with ${seen}`);
    }
  }
  return undefined;
}

/** Does the function change what belongs to the other tenant? */
async function harmed(
  scene: Scene,
  actor: Parameters<Scene['attempt']>[0],
  victim: Party,
  routine: Routine,
  statement: Statement,
  planted: readonly Statement[] = [],
): Promise<Verdict | undefined> {
  if (!routine.volatile) return undefined;
  const parts = scene.catalog.relations.flatMap((relation) => {
    const column = scene.tenancy.columns.get(relation.id);
    if (column === undefined || !scene.tenancy.tables.has(relation.id) || relation.partition)
      return [];
    return [
      `SELECT '${relation.id}' AS r, md5(t::text) AS h FROM ${relation.sql} AS t WHERE ${quoteIdentifier(column)}::text = $1`,
    ];
  });
  if (parts.length === 0) return undefined;
  const digest = {
    text: `SELECT md5(string_agg(r || h, ',' ORDER BY r, h)) FROM (${parts.join(' UNION ALL ')}) AS rows`,
    values: [victim.tenant],
  };
  const before = (await scene.truth(digest)).rows[0]?.[0];
  const after = await scene.truthAfterPlanting(planted, actor, [statement], digest);
  return typeof after === 'object' && after.rows[0]?.[0] !== before
    ? leaked(shown(statement), 'rows of the other tenant were changed')
    : undefined;
}

/** Does it answer differently for what exists and for what does not: rows, NULL, true or false? */
async function tells(
  scene: Scene,
  attacker: Party,
  routine: Routine,
  values: readonly (string | null)[],
): Promise<Verdict | undefined> {
  const absent = values.map(absentValue);
  if (absent.every((value, at) => value === values[at])) return undefined;
  const shape = async (list: readonly (string | null)[]): Promise<string | undefined> => {
    const outcome = await scene.attempt(attacker, calling(routine, list));
    if (!outcome.ok) return undefined;
    return JSON.stringify(
      outcome.answers.map(({ rows }) => rows.map((row) => row.map((one) => coarse(one)))),
    );
  };
  const foreign = await shape(values);
  if (foreign === undefined || foreign === (await shape(absent))) return undefined;
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
