import { type AuditOptions, atLeast, audit, type Severity } from '../auditor/index.js';
import { RingfenceError } from '../errors/index.js';

/** What {@link expectIsolated} is asked for. */
export interface ExpectIsolatedOptions extends AuditOptions {
  /** The mildest severity that fails; default `low`. */
  readonly failOn?: Severity;
  /** Keys of findings, or ids of whole checks, that are accepted. */
  readonly accept?: readonly string[];
}

/**
 * Fails a test when the auditor finds a way from one tenant to another. It throws, so that it works in
 * Vitest, Jest and node:test alike.
 *
 * @throws RingfenceError `DATABASE_UNPROTECTED`, whose detail lists the findings.
 * @example
 * it('keeps tenants apart', () => expectIsolated({ url: db.admin, appRoles: ['app'] }));
 */
export async function expectIsolated(options: ExpectIsolatedOptions): Promise<void> {
  const accepted = new Set(options.accept);
  const { findings } = await audit(options);
  const left = findings.filter(
    ({ key, check, severity }) =>
      atLeast(severity, options.failOn ?? 'low') && !accepted.has(key) && !accepted.has(check),
  );
  if (left.length === 0) return;
  const lines = left.map(({ severity, key, evidence }) => `  ${severity} ${key}: ${evidence}`);
  throw new RingfenceError('DATABASE_UNPROTECTED', { detail: `\n${lines.join('\n')}` });
}
