import { parseTenantId, type TenantId } from '../context/index.js';
import type { AccessActor, AccessEvent } from './access-event.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Numbers that look drawn and are the same each time (mulberry32). */
export function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A person or key of a tenant, and what it does on most days. */
export interface Habit {
  readonly actor: AccessActor;
  readonly account?: string;
  /** Where it usually comes from, the first one most of the time. */
  readonly networks: readonly string[];
  readonly requests: number;
  /** Rows that a list of theirs holds. */
  readonly pageRows: number;
  readonly kind: 'office' | 'mobile' | 'polling' | 'nightly-export' | 'monthly-report' | 'sync';
}

export interface SimulatedTenant {
  readonly id: TenantId;
  readonly habits: readonly Habit[];
}

/**
 * Tenants of all sizes with people and programs as they are.
 *
 * @param busy how much each of them does, from 0 to 1
 */
export function simulatedTenants(count: number, people: number, busy = 1): SimulatedTenant[] {
  return Array.from({ length: count }, (_, at) => {
    const draw = drawing(at + 1);
    const id = parseTenantId(`00000000-0000-4000-8000-${String(at + 1).padStart(12, '0')}`);
    const size = Math.max(4, Math.round(people * (0.3 + 1.7 * draw() ** 2)));
    const office = `203.${at}.0.0/24`;
    const network = (): string => `198.${Math.floor(draw() * 64)}.${Math.floor(draw() * 256)}.0/24`;
    const habits: Habit[] = Array.from({ length: size }, (_person, n) => {
      const mobile = draw() < 0.25;
      const privileged = n < 3;
      const places = mobile ? 6 + Math.floor(draw() * 6) : draw() < 0.5 ? 1 : 0;
      return {
        actor: { kind: 'user', id: `t${at}-u${n}`, ...(privileged && { privileged }) },
        account: `t${at}-a${n}`,
        networks: [office, ...Array.from({ length: places }, network)],
        requests: Math.ceil(busy * (20 + Math.floor(draw() * 100))),
        pageRows: 10 + Math.floor(draw() * 40),
        kind: mobile ? 'mobile' : 'office',
      };
    });
    const key = (name: string, kind: Habit['kind'], rows: number, places: number): Habit => ({
      actor: { kind: 'api-key', id: `t${at}-${name}` },
      networks: Array.from({ length: places }, network),
      requests: Math.ceil(busy * 144),
      pageRows: rows,
      kind,
    });
    habits.push(key('poll', 'polling', 5, 1));
    habits.push(key('sync', 'sync', 20, 6));
    if (at % 2 === 0) habits.push(key('export', 'nightly-export', 5000 + 40_000 * draw(), 1));
    const accountant = habits[3];
    if (accountant) habits[3] = { ...accountant, kind: 'monthly-report' };
    return { id, habits };
  });
}

/** What one tenant does on one day: nothing in it is an attack, and much of it is untidy. */
export function ordinaryDay(tenant: SimulatedTenant, start: number): AccessEvent[] {
  const events: AccessEvent[] = [];
  for (const [at, habit] of tenant.habits.entries()) {
    const draw = drawing((start / DAY) * 7919 + at * 104_729 + Number(tenant.id.slice(-6)));
    if (habit.actor.kind === 'user') workday(tenant, habit, start, draw, events);
    else program(tenant, habit, start, draw, events);
  }
  return events;
}

function workday(
  tenant: SimulatedTenant,
  habit: Habit,
  start: number,
  draw: () => number,
  events: AccessEvent[],
): void {
  const report = habit.kind === 'monthly-report' && isFirstWorkday(start);
  if (draw() < (isWeekend(start) ? 0.9 : 0.12) && !report) return;
  const network = (): string => {
    const { networks } = habit;
    const away = habit.kind === 'mobile' ? draw() < 0.5 : draw() < 0.15;
    return (away ? networks[Math.floor(draw() * networks.length)] : networks[0]) ?? '';
  };
  const begin = start + 8 * HOUR + draw() * 90 * MINUTE;
  const push = (at: number, change: Partial<AccessEvent>): void => {
    const { id: tenantId } = tenant;
    events.push({ at, kind: 'read', tenantId, actor: habit.actor, network: network(), ...change });
  };
  logIn(tenant, habit, begin, draw, events);
  // The page that opens first loads everything that it shows; a new laptop twice as much.
  const opening = draw() < 0.02 ? 12 : 4;
  for (let n = 0; n < opening; n += 1) push(begin + MINUTE + n * 200, { rows: habit.pageRows });
  const requests = Math.round(habit.requests * (0.4 + draw() * 1.2));
  for (let n = 0; n < requests; n += 1) {
    const at = begin + 2 * MINUTE + draw() * 9 * HOUR;
    const one = draw();
    const target = `${habit.actor.id}-${Math.floor(draw() * 1e9)}`;
    if (one < 0.45) push(at, { rows: habit.pageRows });
    else if (one < 0.8) push(at, { rows: 1, target });
    else if (one < 0.985) push(at, { kind: 'write', rows: 1, target });
    // Stale links, and buttons that a role does not have.
    else if (one < 0.993) push(at, { code: 'NOT_FOUND', target });
    else push(at, { code: 'PERMISSION_DENIED' });
  }
  // A tab of the other tenant that somebody is in as well.
  if (draw() < 0.03) push(begin + 3 * HOUR, { code: 'TENANT_SOURCES_DISAGREE' });
  // A page that asks for a deleted document every half minute, all afternoon.
  if (draw() < 0.01) {
    for (let n = 0; n < 400; n += 1) {
      push(begin + 5 * HOUR + n * 30 * SECOND, { code: 'NOT_FOUND', target: 'deleted' });
    }
  }
  // An afternoon in which somebody clears up: one item after the other, ten in a minute.
  if (draw() < 0.02) {
    for (let n = 0; n < 300; n += 1) {
      push(begin + 6 * HOUR + n * 6 * SECOND, { rows: 1, target: `clear-${n}` });
    }
  }
  if (report) {
    for (let n = 0; n < 80; n += 1) push(begin + 4 * HOUR + n * 10 * SECOND, { rows: 100 });
  }
}

function isWeekend(day: number): boolean {
  return [0, 6].includes(new Date(day).getUTCDay());
}

function isFirstWorkday(day: number): boolean {
  const date = new Date(day).getUTCDate();
  const earlier = Array.from({ length: date - 1 }, (_, n) => day - (n + 1) * DAY);
  return !isWeekend(day) && earlier.every(isWeekend);
}

/** One in twelve types it wrong first, one in a hundred gives up for the day. */
function logIn(
  tenant: SimulatedTenant,
  habit: Habit,
  at: number,
  draw: () => number,
  events: AccessEvent[],
): void {
  const { account = '' } = habit;
  const attempt = (when: number, right: boolean): void => {
    const base = { at: when, kind: 'log-in', tenantId: tenant.id, account } as const;
    events.push(right ? base : { ...base, code: 'CREDENTIALS_INVALID' });
  };
  const wrong = draw() < 0.08 ? 1 + Math.floor(draw() * 3) : 0;
  for (let n = 0; n < wrong; n += 1) attempt(at - (wrong - n) * 8 * SECOND, false);
  if (draw() > 0.01) attempt(at, true);
}

function program(
  tenant: SimulatedTenant,
  habit: Habit,
  start: number,
  draw: () => number,
  events: AccessEvent[],
): void {
  const push = (at: number, rows: number): void => {
    const network = habit.networks[Math.floor(draw() * habit.networks.length)] ?? '';
    events.push({ at, kind: 'read', tenantId: tenant.id, actor: habit.actor, network, rows });
  };
  if (habit.kind === 'nightly-export') {
    // A little more every night, because there is more.
    const grown = habit.pageRows * (0.9 + 0.2 * draw());
    for (let n = 0; n < grown / 500; n += 1) push(start + 2 * HOUR + n * 5 * SECOND, 500);
    return;
  }
  for (let n = 0; n < habit.requests; n += 1) {
    push(start + n * 10 * MINUTE + draw() * MINUTE, Math.ceil(habit.pageRows * draw()));
  }
}

/** What strangers do all day: expired keys that go on polling, scanners that try a few tokens. */
export function strangersDay(start: number): AccessEvent[] {
  const draw = drawing(start / DAY);
  const events: AccessEvent[] = [];
  const token = (at: number, network: string): void => {
    events.push({ at, kind: 'read', network, code: 'TOKEN_INVALID' });
  };
  for (let key = 0; key < 3; key += 1) {
    for (let n = 0; n < 1440; n += 1) token(start + n * MINUTE + key, `192.0.${key}.0/24`);
  }
  for (let scan = 0; scan < 40; scan += 1) {
    const at = start + draw() * 23 * HOUR;
    const network = `100.${Math.floor(draw() * 64)}.${scan}.0/24`;
    for (let n = 0; n < 20 * draw(); n += 1) token(at + n * SECOND, network);
  }
  return events;
}
