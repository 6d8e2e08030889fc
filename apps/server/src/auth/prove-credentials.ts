import type { AccessPatterns } from 'ringfence/access-patterns';
import { requireActive } from 'ringfence/context';
import { isRingfenceError, RingfenceError } from 'ringfence/errors';
import type { DirectoryEntry } from 'ringfence/postgres';
import type { EventLogger } from 'ringfence/telemetry';
import type { AccountKeys } from '../account-keys/index.js';
import type { TenantPrisma } from '../database/index.js';
import type { RequestClient } from '../http/request-client.js';
import type { NamedLogin } from './auth-schemas.js';
import { isDemoPassword, verifyPassword } from './password.js';
import { requireSecondFactor } from './second-factor/require-second-factor.js';
import type { SecondFactors } from './second-factor/second-factors.js';
import type { CountedGuess, Guess, LogInThrottle } from './throttle/log-in-throttle.js';

/** What {@link proveCredentials} needs. */
export interface CredentialDependencies {
  readonly prisma: TenantPrisma;
  readonly throttle: LogInThrottle;
  readonly secondFactors: SecondFactors;
  /** Demo mode only: a production server takes the published password from nobody. */
  readonly acceptDemoPassword: boolean;
  /** Told of every log-in to a tenant that exists, right or wrong, by a hash of the account. */
  readonly patterns: Pick<AccessPatterns, 'observe'>;
  readonly accountKeys: AccountKeys;
  readonly logger: Pick<EventLogger, 'info' | 'warn'>;
}

/** Who has proven to be a user of the tenant. */
export interface ProvenUser {
  readonly tenant: DirectoryEntry;
  readonly userId: string;
  /** What was proven; whoever acts on it looks whether it is still so ({@link stillProven}). */
  readonly passwordHash: string;
  /** The device token that came, when it is known for this account. */
  readonly knownDevice: string | undefined;
}

/**
 * Checks password and second factor of a user. Runs in the context of the tenant that was named.
 *
 * An unknown tenant, an unknown person, one without a password and a wrong password get one answer for
 * one price: the same statements in the same order and exactly one argon2 verification (against the hash
 * of no password, when there is none). Attempts are counted before anything is verified, and by what was
 * typed, whether or not it exists.
 *
 * @param tenant `undefined` when there is none of the name that was typed.
 * @throws RingfenceError `CREDENTIALS_INVALID`; `LOG_IN_THROTTLED`; `SECOND_FACTOR_REQUIRED`,
 *   `SECOND_FACTOR_WRONG`, `TENANT_SUSPENDED` and `TENANT_DELETING`, but only to somebody who knows the
 *   password; `OVERLOADED` when too many are checked at once.
 */
export async function proveCredentials(
  deps: CredentialDependencies,
  tenant: DirectoryEntry | undefined,
  input: NamedLogin,
  client: RequestClient,
): Promise<ProvenUser> {
  const { address } = client;
  const email = input.email.toLowerCase();
  // Names that do not exist share one id, and are told apart here.
  const account = tenant ? email : `${input.tenant.toLowerCase()} ${email}`;
  const knownDevice = await deps.throttle.knownDevice(email, input.deviceToken);
  const guess = await counted(deps, { at: 'password', account, address, knownDevice }, tenant);
  const user = await deps.prisma.user.findFirst({
    where: { email },
    select: { id: true, passwordHash: true },
  });
  const lane = knownDevice === undefined ? 'stranger' : 'known';
  // Before anything is decided: every way out costs one verification.
  const right = await verifyPassword(user?.passwordHash, input.password, lane);
  const published = isDemoPassword(input.password) && !deps.acceptDemoPassword;
  if (!tenant || !user?.passwordHash || !right || published) {
    // By id, so that a search for guessed passwords needs no e-mail address in the log.
    const who = { tenantId: tenant?.id, userId: user?.id };
    deps.logger.warn({ event: 'log_in_refused', ...who }, 'A log-in was refused.');
    observeLogIn(deps, tenant, email, 'CREDENTIALS_INVALID');
    throw new RingfenceError('CREDENTIALS_INVALID');
  }
  await guess.wasRight();
  observeLogIn(deps, tenant, email);
  requireActive(tenant.state);
  const { id: userId, passwordHash } = user;
  const owner = { tenantId: tenant.id, userId };
  try {
    await requireSecondFactor(deps, owner, input.code, client, knownDevice);
  } catch (error) {
    if (isRingfenceError(error, 'SECOND_FACTOR_WRONG')) {
      deps.logger.warn({ event: 'second_factor_refused', ...owner }, 'A code was refused.');
    }
    throw error;
  }
  return { tenant, userId, passwordHash, knownDevice };
}

/**
 * The role of the user if the password is still the one that was proven. Whoever changes it revokes the
 * sessions of the old one in that same transaction, and one of the two waits for the other here.
 */
export async function stillProven(
  tx: Pick<TenantPrisma, '$queryRaw'>,
  { userId, passwordHash }: Pick<ProvenUser, 'userId' | 'passwordHash'>,
): Promise<string> {
  const [row] = await tx.$queryRaw<{ role: string }[]>`
    SELECT role::text AS role FROM public.users
    WHERE id = ${userId}::uuid AND password_hash = ${passwordHash} FOR SHARE`;
  if (!row) throw new RingfenceError('CREDENTIALS_INVALID');
  return row.role;
}

/** What many accounts of a tenant have in common, nobody sees who looks at one. */
function observeLogIn(
  { patterns, accountKeys }: Pick<CredentialDependencies, 'patterns' | 'accountKeys'>,
  tenant: DirectoryEntry | undefined,
  email: string,
  code?: 'CREDENTIALS_INVALID',
): void {
  if (!tenant) return;
  const account = accountKeys.mac('throttle', `access ${tenant.id} ${email}`).slice(0, 16);
  const event = { at: Date.now(), kind: 'log-in', tenantId: tenant.id, account } as const;
  patterns.observe(code === undefined ? event : { ...event, code });
}

async function counted(
  { throttle, logger }: Pick<CredentialDependencies, 'throttle' | 'logger'>,
  guess: Guess,
  tenant: DirectoryEntry | undefined,
): Promise<CountedGuess> {
  try {
    return await throttle.count(guess);
  } catch (error) {
    if (isRingfenceError(error, 'LOG_IN_THROTTLED')) {
      const { at } = guess;
      logger.warn({ event: 'log_in_throttled', tenantId: tenant?.id, at }, 'Guessing is slowed.');
    }
    throw error;
  }
}
