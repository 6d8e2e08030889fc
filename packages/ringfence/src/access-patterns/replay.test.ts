import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccessEvent } from './access-event.js';
import { AccessPatterns } from './access-patterns.js';
import { type NewAlert, PLATFORM } from './alert.js';
import { type MemoryAccessStore, memoryAccessStore } from './memory-access-store.js';
import {
  DAY,
  drawing,
  ordinaryDay,
  type SimulatedTenant,
  simulatedTenants,
  strangersDay,
} from './ordinary-day.fixture.js';
import {
  DAYS_BEFORE,
  FIRST_DAY,
  type PlantedAttack,
  plantedAttacks,
  REPLAYED_DAY,
} from './planted-attacks.fixture.js';

/** `npm run proof:long` replays 50 tenants and writes the report; the suite replays 14. */
const LONG = process.env.RINGFENCE_LONG_REPLAY === '1';
const TENANTS = LONG ? 50 : 14;
const PEOPLE = LONG ? 20 : 4;
const BUSY = LONG ? 1 : 0.3;
const NODES = 3;
const MINUTE = 60_000;

interface Replay {
  readonly events: number;
  readonly alerts: readonly string[];
  readonly dropped: number;
}

/** Several nodes behind a balancer that sends each request anywhere. */
async function replay(
  store: MemoryAccessStore,
  day: AccessEvent[],
  flushMs = MINUTE,
): Promise<Replay> {
  const nodes = Array.from({ length: NODES }, () => new AccessPatterns({ store }));
  const draw = drawing(4711);
  const before = store.alerts.length;
  day.sort((one, other) => one.at - other.at);
  let flushAt = 0;
  for (const event of day) {
    if (event.at >= flushAt) {
      for (const node of nodes) await node.flush(event.at);
      flushAt = event.at + flushMs;
    }
    nodes[Math.floor(draw() * NODES)]?.observe(event);
  }
  for (const node of nodes) await node.flush(day.at(-1)?.at ?? 0, true);
  return {
    events: day.length,
    alerts: store.alerts.slice(before).map(nameOf),
    dropped: nodes.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

function nameOf({ owner, rule, subject }: NewAlert): string {
  return `${owner === PLATFORM ? 'platform' : owner} ${rule} ${subject}`;
}

function dayOf(tenants: readonly SimulatedTenant[], start: number): AccessEvent[] {
  return [...tenants.flatMap((tenant) => ordinaryDay(tenant, start)), ...strangersDay(start)];
}

async function history(tenants: readonly SimulatedTenant[]): Promise<[MemoryAccessStore, Replay]> {
  const store = memoryAccessStore();
  let [events, dropped] = [0, 0];
  const alerts: string[] = [];
  for (let day = 0; day < DAYS_BEFORE; day += 1) {
    const one = await replay(store, dayOf(tenants, FIRST_DAY + day * DAY), 15 * MINUTE);
    events += one.events;
    dropped += one.dropped;
    alerts.push(...one.alerts.map((name) => `day ${day + 1}: ${name}`));
  }
  return [store, { events, alerts, dropped }];
}

describe('an ordinary day', { timeout: 1_200_000 }, () => {
  const tenants = simulatedTenants(TENANTS, PEOPLE, BUSY);
  let attacks: PlantedAttack[];
  let before: Replay;
  let quiet: Replay;
  let attacked: Replay;
  beforeAll(async () => {
    attacks = plantedAttacks(tenants, REPLAYED_DAY);
    const [store, known] = await history(tenants);
    before = known;
    quiet = await replay(store.copy(), dayOf(tenants, REPLAYED_DAY));
    const planted = attacks.flatMap(({ events }) => [...events]);
    attacked = await replay(store.copy(), [...dayOf(tenants, REPLAYED_DAY), ...planted]);
    if (LONG) writeReport(before, quiet, attacked, attacks);
  }, 1_200_000);

  it('has everything in it that an ordinary day has', () => {
    const day = dayOf(tenants, REPLAYED_DAY);
    const seen = new Set(day.map(({ code }) => code));
    for (const code of [
      'NOT_FOUND',
      'PERMISSION_DENIED',
      'TENANT_SOURCES_DISAGREE',
      'CREDENTIALS_INVALID',
      'TOKEN_INVALID',
    ]) {
      expect(seen).toContain(code);
    }
    const rows = new Map<string, number>();
    for (const { actor, rows: read = 0 } of day) {
      if (actor) rows.set(actor.id, (rows.get(actor.id) ?? 0) + read);
    }
    expect(Math.max(...rows.values())).toBeGreaterThan(20_000);
  });

  it('raises no alert', () => {
    expect(quiet.alerts).toEqual([]);
    expect(quiet.dropped).toBe(0);
  });

  it('raises exactly the alerts of the attacks that are planted in it', () => {
    const expected = attacks.flatMap((attack) => attack.expected);
    expect([...attacked.alerts].sort()).toEqual([...expected].sort());
  });

  it('raised in the days before only the first nights of exports and the first monthly reports', () => {
    // Nobody can tell the first one from a theft: that is what the rules are for.
    const first = /^day 1: \S+ mass-export api-key:|^day 7: \S+ unusual-volume user:t\d+-u3$/;
    expect(before.alerts.filter((name) => !first.test(name))).toEqual([]);
    expect(new Set(before.alerts.map((name) => name.split(': ')[1])).size).toBe(
      before.alerts.length,
    );
  });
});

function writeReport(
  before: Replay,
  quiet: Replay,
  attacked: Replay,
  attacks: readonly PlantedAttack[],
): void {
  const number = (value: number): string => value.toLocaleString('en-US');
  const caught = ({ expected }: PlantedAttack): string =>
    expected.every((name) => attacked.alerts.includes(name)) ? 'all' : 'MISSED';
  const rows = attacks.map((attack) => {
    const rules = attack.expected.map((name) => `\`${name.split(' ')[1]}\``).join(', ');
    return `| ${attack.name} | ${number(attack.events.length)} | ${rules} | ${caught(attack)} |`;
  });
  const expected = new Set(attacks.flatMap((attack) => attack.expected));
  const report = `# Access patterns: a replayed day

Written by \`npm run proof:long\` (\`packages/ringfence/src/access-patterns/replay.test.ts\`): ${TENANTS} tenants,
${NODES} nodes over one store, the default rules, a clock of its own, and numbers that are drawn the same each
time. The replayed day is 1 December 2026, with ${DAYS_BEFORE} days before it from which the rules know everybody's
habits: office hours, home and mobile networks, typos in passwords, stale links, nightly exports, monthly
reports, new laptops, clients with defects, keys that were revoked and go on polling.

| replay | events | alerts | not counted |
| --- | --- | --- | --- |
| the ${DAYS_BEFORE} days before | ${number(before.events)} | ${before.alerts.length}: first nights of exports, first monthly reports | ${before.dropped} |
| the ordinary day | ${number(quiet.events)} | ${quiet.alerts.length} | ${quiet.dropped} |
| the same day with attacks | ${number(attacked.events)} | ${attacked.alerts.length}, of which expected ${attacked.alerts.filter((name) => expected.has(name)).length} | ${attacked.dropped} |

| planted attack | events | alerts that it must raise | raised |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  const root = path.resolve(import.meta.dirname, '../../../..');
  writeFileSync(path.join(root, 'docs/reports/access-patterns.md'), report);
}
