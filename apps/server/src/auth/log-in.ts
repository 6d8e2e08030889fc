import type { RequestClient } from '../http/request-client.js';
import type { NamedLogin, SessionView } from './auth-schemas.js';
import { inTenantOf, type TenantEntry } from './in-tenant-of.js';
import { type CredentialDependencies, proveCredentials, stillProven } from './prove-credentials.js';
import { issueSession, type SessionIssuer } from './sessions/issue-session.js';
import { rememberDevice } from './throttle/known-devices.js';

/** What {@link logIn} needs. */
export interface LogInDependencies extends TenantEntry, CredentialDependencies {
  readonly issuer: SessionIssuer;
}

/** As long as the pool itself waits for a connection: a crowd is queued, and not answered with errors. */
const PATIENCE = { maxWait: 10_000, timeout: 10_000 };

/**
 * Logs a person in to one tenant, begins a session, and remembers the device.
 *
 * @throws RingfenceError as {@link proveCredentials} does.
 * @example
 * const session = await logIn(deps, { tenant: 'acme', email: 'owner@acme.test', password }, client);
 */
export function logIn(
  deps: LogInDependencies,
  input: NamedLogin,
  client: RequestClient,
): Promise<SessionView> {
  return inTenantOf(deps, input.tenant, 'log in', async (named) => {
    const proven = await proveCredentials(deps, named, input, client);
    const { tenant, userId, knownDevice } = proven;
    return deps.prisma.$transaction(async (tx) => {
      const role = await stillProven(tx, proven);
      const deviceToken = await rememberDevice(tx, userId, knownDevice);
      const session = await issueSession(tx, deps.issuer, { tenant, userId, role, client });
      return deviceToken === undefined ? session : { ...session, deviceToken };
    }, PATIENCE);
  });
}
