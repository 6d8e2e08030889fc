import type { ProbeContext } from './probe.js';

/** A value for each setting, or null to leave all of them as a new session has them. */
export interface Context {
  readonly kind: ProbeContext;
  readonly tenant: string | null;
  /** What every other setting is given. */
  readonly others: string | null;
}

/** The tenant that the probed rows belong to, and tenants that are not it. */
export interface Tenants {
  readonly row: string;
  readonly other: string;
  /** Different tenants that a lossy comparison takes for the same. */
  readonly similar: readonly string[];
  readonly upper: string | null;
}

/** Made up: no row is read and none has these ids. */
export function tenantsOf(base: string): Tenants {
  if (/^(int|float|numeric|oid)/.test(base)) {
    return { row: '7341', other: '1157', similar: [], upper: null };
  }
  if (/^(text|varchar|bpchar|citext|name)$/.test(base)) {
    return {
      row: 'rfprobe-k7q2',
      other: 'otherone-m4w9',
      similar: ['rfprobe-k7q3', 'sfprobe-k7q2', 'rfprobe-'],
      upper: 'RFPROBE-K7Q2',
    };
  }
  return {
    row: '7a3c5e91-2b4d-4f68-8c1a-9e0d3b5f7a26',
    other: '15d2f0b8-c69e-4a03-9b74-60f1e8c2d4a9',
    similar: ['7a3c5e91-2b4d-4f68-8c1a-9e0d3b5f7a27', '8a3c5e91-2b4d-4f68-8c1a-9e0d3b5f7a26'],
    upper: '7A3C5E91-2B4D-4F68-8C1A-9E0D3B5F7A26',
  };
}

/** What a flag in a setting is usually compared with. */
const FLAGS = ['on', 'true', '1', 't', 'yes', 'admin', 'system', 'service_role', '%'];

/** Which settings a predicate reads, and whether SQL of the application could forge them. */
export interface Forgery {
  readonly names: readonly string[];
  readonly forge: boolean;
  /** Are there others than the tenant's? */
  readonly others: boolean;
  /** Another id of the rows than their tenant's. */
  readonly otherKey: string | null;
  /** The parts of the predicate that read them. */
  readonly readers: string;
}

function literalsIn(text: string): string[] {
  return [...text.matchAll(/'((?:[^']|'')*)'/g)].map(([, each]) =>
    (each ?? '').replaceAll("''", "'"),
  );
}

/** Every context to try on one predicate. The first is the one of a session that set nothing. */
export function contextsFor(
  tenants: Tenants,
  predicate: string,
  settings: Forgery,
  comparesUuid: boolean,
): Context[] {
  const contexts: Context[] = [
    { kind: 'unset', tenant: null, others: null },
    { kind: 'empty', tenant: '', others: '' },
    { kind: 'other', tenant: tenants.other, others: tenants.other },
    ...tenants.similar.map((tenant) => ({ kind: 'similar' as const, tenant, others: tenant })),
  ];
  if (/~~|~|\blike\b|similar|strpos|position|starts_with|regexp/i.test(predicate)) {
    contexts.push(
      { kind: 'pattern', tenant: '%', others: '%' },
      { kind: 'pattern', tenant: '.*', others: '.*' },
      { kind: 'pattern', tenant: tenants.other + tenants.row, others: tenants.other },
    );
  }
  if (tenants.upper !== null && !comparesUuid) {
    contexts.push({ kind: 'case', tenant: tenants.upper, others: tenants.upper });
  }
  const literals = literalsIn(predicate).filter((text) => text !== '');
  if (settings.forge) {
    // A value of the context itself may open everything.
    for (const tenant of new Set(literalsIn(settings.readers).slice(0, 8))) {
      if (tenant === '' || settings.names.includes(tenant.toLowerCase())) continue;
      contexts.push({ kind: 'forged', tenant, others: tenants.other });
    }
  }
  if (settings.others && settings.otherKey !== null) {
    contexts.push({ kind: 'other-key', tenant: tenants.other, others: settings.otherKey });
  }
  if (settings.forge && settings.others) {
    for (const others of new Set([tenants.row, ...FLAGS, ...literals.slice(0, 8)])) {
      const kind = others === tenants.row ? 'other-setting' : 'forged';
      if (others !== '') contexts.push({ kind, tenant: tenants.other, others });
    }
  }
  return contexts;
}
