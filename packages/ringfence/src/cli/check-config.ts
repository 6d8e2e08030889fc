import path from 'node:path';
import { acceptedFinding, SEVERITIES } from '../auditor/index.js';
import type { AuditConfig, ProveConfig, RingfenceConfig } from '../config/index.js';
import { RingfenceError } from '../errors/index.js';
import { OPERATIONS } from '../prover/index.js';
import { FORMATS } from './audit-formats.js';

/** What one value has to be, and what is made of it. */
type Rule = (value: unknown, at: Place) => unknown;

interface Place {
  /** As one would write it: `audit.failOn`. */
  readonly name: string;
  readonly file: string;
}

const AUDIT: Readonly<Record<keyof AuditConfig, Rule>> = {
  url: text,
  appRoles: list(text),
  tenantTable: text,
  globalTables: list(text),
  format: oneOf(Object.keys(FORMATS)),
  failOn: oneOf(SEVERITIES),
  baseline: fileName,
  accepted: list((value, { name, file }) => acceptedFinding(value, `${name} of ${file}`)),
  output: fileName,
};

const PROVE: Readonly<Record<keyof ProveConfig, Rule>> = {
  url: text,
  adminUrl: text,
  bind: text,
  setting: text,
  tenants: twoTenants,
  inPlace: (value, at) => (typeof value === 'boolean' ? value : wrong(at, 'true or false')),
  accept: list(section({ operation: oneOf(OPERATIONS), object: text, reason: text }, ['reason'])),
  html: fileName,
  evidence: fileName,
  key: fileName,
};

const CONFIG: Readonly<Record<keyof RingfenceConfig, Rule>> = {
  tenantColumn: text,
  audit: section(AUDIT),
  prove: section(PROVE),
};

/**
 * Holds a configuration to its shape and makes its file names absolute. What it does not know is
 * refused: an option that was mistyped must not be silently without effect.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID`, naming the entry.
 */
export function checkConfig(value: unknown, file: string): RingfenceConfig {
  return section(CONFIG)(value, { name: '', file }) as RingfenceConfig;
}

function section(rules: Readonly<Record<string, Rule>>, needed: readonly string[] = []): Rule {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return wrong(at, 'an object');
    }
    const given = Object.entries(value).filter(
      // For editors; a file of settings in JSON may name its schema.
      ([key, each]) => each !== undefined && !(key === '$schema' && at.name === ''),
    );
    const inside = (key: string): Place => ({ ...at, name: at.name ? `${at.name}.${key}` : key });
    const missing = needed.find((key) => !given.some(([name]) => name === key));
    if (missing !== undefined) return wrong(inside(missing), 'given');
    return Object.fromEntries(
      given.map(([key, each]) => {
        const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
        if (!rule) return wrong(inside(key), `left out: known is ${Object.keys(rules).join(', ')}`);
        return [key, rule(each, inside(key))];
      }),
    );
  };
}

function list(rule: Rule): Rule {
  return (value, at) => {
    if (!Array.isArray(value)) return wrong(at, 'a list');
    return value.map((each, index) => rule(each, { ...at, name: `${at.name}[${index}]` }));
  };
}

function text(value: unknown, at: Place): string {
  return typeof value === 'string' && value.trim() !== '' ? value : wrong(at, 'a text');
}

function fileName(value: unknown, at: Place): string {
  return path.resolve(path.dirname(at.file), text(value, at));
}

function oneOf(known: readonly string[]): Rule {
  return (value, at) =>
    known.some((each) => each === value) ? value : wrong(at, `one of ${known.join(', ')}`);
}

function twoTenants(value: unknown, at: Place): unknown {
  const [a, b, ...more] = list(text)(value, at) as string[];
  return b === undefined || a === b || more.length > 0 ? wrong(at, 'two tenants') : [a, b];
}

function wrong({ name, file }: Place, what: string): never {
  throw new RingfenceError('CONFIGURATION_INVALID', {
    detail: `${name === '' ? 'The default export' : name} of ${file} must be ${what}.`,
  });
}
