import { folderError } from './folder-error.js';
import { parseDuration } from './parse-duration.js';
import type {
  GateLimits,
  MigrationMeta,
  RingDefinition,
  RingSelector,
} from './phased-migration.js';

const DAY_MS = 86_400_000;
/** Cohorts that grow: each takes the share of all tenants up to its name. */
const DEFAULT_RINGS: readonly RingDefinition[] = [
  { name: 'internal', select: { plan: 'internal' }, approval: false },
  ...[0.01, 0.1, 0.5, 1].map((share) => ({
    name: `${share * 100}%`,
    select: { share },
    approval: false,
  })),
];
const DEFAULT_GATE: GateLimits = {
  failedShare: 0,
  mismatches: 0,
  errorShareGrowth: 0.01,
  p95Growth: 1.5,
  soakMs: 0,
};

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks `meta.json` and fills up what it leaves out. A name that it does not know is refused: a gate
 * that was mistyped must not be silently without effect.
 *
 * @param file named in errors.
 * @throws RingfenceError `MIGRATION_FOLDER_INVALID`, naming the entry and what it must be.
 */
export function checkMeta(value: unknown, file: string): MigrationMeta {
  const wrong = (entry: string, what: string): Error =>
    folderError(`${file}: ${entry === '' ? 'it' : entry} must be ${what}.`);

  const fields = (given: unknown, at: string, known: readonly string[]): Fields => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw wrong(at, 'an object');
    }
    const unknown = Object.keys(given).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw wrong(inside(at, unknown), `left out: known is ${known.join(', ')}`);
    }
    return given as Fields;
  };
  const text = (given: unknown, at: string): string => {
    if (typeof given === 'string' && given.trim() !== '') return given;
    throw wrong(at, 'a text');
  };
  const share = (given: unknown, at: string): number => {
    if (typeof given === 'number' && given >= 0 && given <= 1) return given;
    throw wrong(at, 'a number from 0 to 1');
  };
  const count = (given: unknown, at: string): number => {
    if (Number.isSafeInteger(given) && (given as number) >= 0) return given as number;
    throw wrong(at, 'a whole number from 0');
  };
  const ratio = (given: unknown, at: string): number => {
    if (typeof given === 'number' && given >= 1 && Number.isFinite(given)) return given;
    throw wrong(at, 'a number from 1');
  };
  const duration = (given: unknown, at: string): number => {
    const milliseconds = typeof given === 'string' ? parseDuration(given) : undefined;
    if (milliseconds !== undefined) return milliseconds;
    throw wrong(at, 'a time like "30s", "10min", "2h" or "7d"');
  };

  const gate = (given: unknown, at: string): Partial<GateLimits> => {
    const rules = {
      failedShare: share,
      mismatches: count,
      errorShareGrowth: share,
      p95Growth: ratio,
      soak: duration,
    } as const;
    const found = fields(given, at, Object.keys(rules));
    return Object.fromEntries(
      Object.entries(found).map(([key, each]) => [
        key === 'soak' ? 'soakMs' : key,
        rules[key as keyof typeof rules](each, inside(at, key)),
      ]),
    );
  };

  const selector = (given: unknown, at: string): RingSelector => {
    const found = fields(given, at, ['list', 'plan', 'share', 'rowsUpTo']);
    const [kind, ...more] = Object.keys(found);
    if (kind === undefined || more.length > 0) {
      throw wrong(at, 'exactly one of list, plan, share, rowsUpTo');
    }
    const entry = inside(at, kind);
    if (kind === 'plan') return { plan: text(found.plan, entry) };
    if (kind === 'share') return { share: share(found.share, entry) };
    if (kind === 'rowsUpTo') return { rowsUpTo: count(found.rowsUpTo, entry) };
    if (!Array.isArray(found.list) || found.list.length === 0) {
      throw wrong(entry, 'a list of tenant ids or slugs');
    }
    return { list: found.list.map((each, index) => text(each, `${entry}[${index}]`)) };
  };

  const rings = (given: unknown): RingDefinition[] => {
    if (!Array.isArray(given) || given.length === 0) throw wrong('rings', 'a list of rings');
    const found = given.map((each, index) => {
      const at = `rings[${index}]`;
      const ring = fields(each, at, ['name', 'select', 'approval', 'gate']);
      const { approval = false } = ring;
      if (typeof approval !== 'boolean') throw wrong(`${at}.approval`, 'true or false');
      return {
        name: text(ring.name, `${at}.name`),
        select: selector(ring.select, `${at}.select`),
        approval,
        ...(ring.gate === undefined ? {} : { gate: gate(ring.gate, `${at}.gate`) }),
      };
    });
    const twice = found.find((ring, at) => found.findIndex(({ name }) => name === ring.name) < at);
    if (twice) throw wrong('rings', `without two rings of the name ${twice.name}`);
    const last = found.at(-1)?.select;
    if (!last || !('share' in last) || last.share !== 1) {
      throw wrong('rings', 'a list whose last ring takes everybody: { "share": 1 }');
    }
    return found;
  };

  const meta = fields(value, '', ['description', 'rings', 'gate', 'quarantineShare', 'contract']);
  const contract = fields(meta.contract ?? {}, 'contract', ['soak', 'needs']);
  return {
    description: meta.description === undefined ? '' : text(meta.description, 'description'),
    rings: meta.rings === undefined ? DEFAULT_RINGS : rings(meta.rings),
    gate: { ...DEFAULT_GATE, ...gate(meta.gate ?? {}, 'gate') },
    quarantineShare:
      meta.quarantineShare === undefined ? 0 : share(meta.quarantineShare, 'quarantineShare'),
    contract: {
      soakMs: contract.soak === undefined ? DAY_MS : duration(contract.soak, 'contract.soak'),
      ...(contract.needs === undefined ? {} : { needs: version(contract.needs) }),
    },
  };

  function version(given: unknown): string {
    if (typeof given === 'string' && /^\d+\.\d+\.\d+$/.test(given)) return given;
    throw wrong('contract.needs', 'a version like "2.4.0"');
  }
}

function inside(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}
