import type { AccessActor, AccessEvent } from './access-event.js';
import { DAY, type SimulatedTenant } from './ordinary-day.fixture.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** One attack in the middle of an ordinary day, and the alerts that must follow from it: no others. */
export interface PlantedAttack {
  readonly name: string;
  readonly events: readonly AccessEvent[];
  readonly expected: readonly string[];
}

/** Attacks of all kinds, each against a tenant of its own where there are enough. */
export function plantedAttacks(
  tenants: readonly SimulatedTenant[],
  start: number,
): PlantedAttack[] {
  let next = 0;
  const attack = (
    name: string,
    rules: readonly string[],
    make: (tenant: SimulatedTenant, actors: Actors) => AccessEvent[],
    subject: (actors: Actors) => string = ({ member }) => subjectOf(member),
  ): PlantedAttack => {
    const tenant = tenants[next % tenants.length] as SimulatedTenant;
    next += 1;
    const actors = actorsOf(tenant);
    const owner = subject(actors).startsWith('network:') ? 'platform' : tenant.id;
    return {
      name,
      events: make(tenant, actors),
      expected: rules.map((rule) => `${owner} ${rule} ${subject(actors)}`),
    };
  };
  const times = (
    count: number,
    every: number,
    from: number,
    make: (n: number) => Omit<AccessEvent, 'at'>,
  ): AccessEvent[] =>
    Array.from({ length: count }, (_, n) => ({ at: start + from + n * every, ...make(n) }));
  return [
    attack('ids, one every 18 minutes, all day', ['slow-id-probing'], ({ id }, { member }) =>
      times(78, 18 * MINUTE, 10 * MINUTE, (n) => missing(id, member, n)),
    ),
    attack('ids, 25 in five minutes', ['id-probing'], ({ id }, { member }) =>
      times(25, 12 * SECOND, 13 * HOUR, (n) => missing(id, member, n)),
    ),
    attack(
      "eight requests with another tenant's header",
      ['cross-tenant-attempt'],
      ({ id }, { member }) => times(8, 30 * SECOND, 15 * HOUR, () => crossing(id, member)),
    ),
    attack('the same, one every 40 minutes', ['slow-cross-tenant-attempt'], ({ id }, { member }) =>
      times(30, 40 * MINUTE, HOUR, () => crossing(id, member)),
    ),
    attack(
      'a stolen key that takes 40,000 rows at night',
      ['unusual-volume', 'mass-export'],
      ({ id: tenantId }, { key }) =>
        times(80, 15 * SECOND, 3 * HOUR, () => ({
          kind: 'read',
          tenantId,
          actor: key,
          network: '100.99.1.0/24',
          rows: 500,
        })),
      ({ key }) => subjectOf(key),
    ),
    attack(
      'passwords tried on 60 accounts in eight minutes',
      ['log-ins-across-accounts'],
      ({ id }) => times(60, 8 * SECOND, 11 * HOUR, (n) => guess(id, n)),
      () => 'tenant',
    ),
    attack(
      'passwords tried on 100 accounts over 20 hours',
      ['slow-log-ins-across-accounts'],
      ({ id }) => times(100, 12 * MINUTE, HOUR, (n) => guess(id, n)),
      () => 'tenant',
    ),
    attack(
      '80 forged tokens from one network',
      ['forged-tokens'],
      () =>
        times(80, 3 * SECOND, 9 * HOUR, () => ({
          kind: 'read',
          network: '100.99.2.0/24',
          code: 'TOKEN_INVALID',
        })),
      () => 'network:100.99.2.0/24',
    ),
    attack(
      'a stolen session of an owner, from a new network',
      ['first-seen-network'],
      ({ id: tenantId }, { settled }) =>
        times(5, MINUTE, 21 * HOUR, () => ({
          kind: 'read',
          tenantId,
          actor: settled,
          network: '100.99.3.0/24',
          rows: 20,
        })),
      ({ settled }) => subjectOf(settled),
    ),
    attack(
      'a key that leaked: used from 14 networks',
      ['api-key-from-many-networks'],
      ({ id: tenantId }, { key }) =>
        times(14, 30 * MINUTE, 2 * HOUR, (n) => ({
          kind: 'read',
          tenantId,
          actor: key,
          network: `100.98.${n}.0/24`,
          rows: 5,
        })),
      ({ key }) => subjectOf(key),
    ),
    attack(
      "a leak that the egress check stops: one row of another tenant's",
      ['isolation-violation'],
      ({ id: tenantId }, { member: actor }) =>
        times(1, 0, 16 * HOUR, () => ({ kind: 'read', tenantId, actor, code: 'EGRESS_VIOLATION' })),
      () => 'tenant',
    ),
    attack(
      'a script that is refused 100 times',
      ['refusal-burst'],
      ({ id: tenantId }, { member: actor }) =>
        times(100, SECOND, 14 * HOUR, () => ({
          kind: 'write',
          tenantId,
          actor,
          code: 'PERMISSION_DENIED',
        })),
    ),
    attack(
      '1,500 items read one by one',
      ['id-enumeration'],
      ({ id: tenantId }, { member: actor }) =>
        times(1500, 2 * SECOND, 17 * HOUR, (n) => ({
          kind: 'read',
          tenantId,
          actor,
          rows: 1,
          target: `walk-${n}`,
        })),
    ),
    attack(
      'an operator who enters under a grant',
      ['operator-access'],
      ({ id: tenantId }) =>
        times(3, MINUTE, 10 * HOUR, () => ({ kind: 'read', tenantId, actor: OPERATOR, rows: 3 })),
      () => subjectOf(OPERATOR),
    ),
  ];
}

interface Actors {
  readonly member: AccessActor;
  readonly settled: AccessActor;
  readonly key: AccessActor;
}

const OPERATOR: AccessActor = { kind: 'operator', id: 'operator-1' };

function actorsOf({ habits }: SimulatedTenant): Actors {
  const people = habits.filter(({ actor }) => actor.kind === 'user');
  const settled = people.find(({ actor, networks }) => actor.privileged && networks.length <= 3);
  return {
    member: (people.at(-1) as (typeof people)[number]).actor,
    settled: (settled ?? (people[0] as (typeof people)[number])).actor,
    key: (habits.find(({ kind }) => kind === 'polling') as (typeof habits)[number]).actor,
  };
}

function subjectOf({ kind, id }: AccessActor): string {
  return `${kind}:${id}`;
}

function missing(tenantId: SimulatedTenant['id'], actor: AccessActor, n: number) {
  return { kind: 'read', tenantId, actor, code: 'NOT_FOUND', target: `probe-${n}` } as const;
}

function crossing(tenantId: SimulatedTenant['id'], actor: AccessActor) {
  return { kind: 'read', tenantId, actor, code: 'TENANT_SOURCES_DISAGREE' } as const;
}

function guess(tenantId: SimulatedTenant['id'], n: number) {
  return { kind: 'log-in', tenantId, account: `guess-${n}`, code: 'CREDENTIALS_INVALID' } as const;
}

/** The first of a month, so that monthly reports are due, and a working day: 1 December 2026. */
export const REPLAYED_DAY = Date.UTC(2026, 11, 1);
export const DAYS_BEFORE = 35;
/** The first day of the history. */
export const FIRST_DAY = REPLAYED_DAY - DAYS_BEFORE * DAY;
