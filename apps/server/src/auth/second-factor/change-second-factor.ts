import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { RequestClient } from '../../http/request-client.js';
import type { AccountDependencies } from '../account-dependencies.js';
import { requirePassword } from '../passwords/require-password.js';
import { revokeSessions } from '../sessions/revoke-sessions.js';
import type { FactorConfirmation, FactorEnrolment, FactorProof } from './factor-schemas.js';
import { replaceRecoveryCodes } from './recovery-codes.js';
import { newTotpSecret, totpUri } from './totp.js';

const ON = { detail: 'A second factor is on: remove it first.' };

/**
 * Begins a second factor: it counts when it is confirmed with a code.
 *
 * @throws RingfenceError `PASSWORD_WRONG`, `LOG_IN_THROTTLED`, `CONFLICT` when there is one already.
 */
export async function enrolSecondFactor(
  deps: AccountDependencies,
  { actor, tenantId }: TenantContext,
  input: FactorEnrolment,
  client: RequestClient,
): Promise<{ secret: string; uri: string }> {
  const { id: userId, email } = await requirePassword(deps, actor, input.password, client);
  if (await deps.secondFactors.isOn(userId)) throw new RingfenceError('CONFLICT', ON);
  const tenant = await deps.directory.findTenant(tenantId);
  const secret = newTotpSecret();
  await deps.prisma.$transaction((tx) =>
    deps.secondFactors.begin(tx, { tenantId, userId }, secret),
  );
  const label = { issuer: `Ringfence (${tenant?.slug ?? tenantId})`, account: email };
  return { secret, uri: totpUri(secret, label) };
}

/**
 * Turns the second factor on and answers its recovery codes. Every other session ends: they were begun
 * without it.
 *
 * @throws RingfenceError `SECOND_FACTOR_WRONG`, also when none was begun; `LOG_IN_THROTTLED`.
 */
export async function confirmSecondFactor(
  deps: AccountDependencies,
  { actor, tenantId }: TenantContext,
  input: FactorConfirmation,
  client: RequestClient,
): Promise<{ recoveryCodes: string[] }> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const { id: userId, sessionId: except } = actor;
  const { address } = client;
  const account = `session ${userId}`;
  const guess = await deps.throttle.count({ at: 'code', account, address, knownDevice: undefined });
  const confirmed = await deps.prisma.$transaction(async (tx) => {
    if (!(await deps.secondFactors.confirm(tx, { tenantId, userId }, input.code))) {
      throw new RingfenceError('SECOND_FACTOR_WRONG');
    }
    await revokeSessions(tx, { userId, except });
    const recoveryCodes = await replaceRecoveryCodes(tx, userId);
    const { email } = await tx.user.findUniqueOrThrow({
      where: { id: userId },
      select: { email: true },
    });
    return { recoveryCodes, email };
  });
  await guess.wasRight();
  await deps.notices.send({ id: userId, email: confirmed.email }, 'second-factor-on');
  return { recoveryCodes: confirmed.recoveryCodes };
}

/** @throws RingfenceError `PASSWORD_WRONG`, `SECOND_FACTOR_WRONG`, `LOG_IN_THROTTLED`. */
export async function removeSecondFactor(
  deps: AccountDependencies,
  tenant: TenantContext,
  input: FactorProof,
  client: RequestClient,
): Promise<void> {
  const person = await requireBoth(deps, tenant, input, client);
  await deps.prisma.$transaction(async (tx) => {
    await deps.secondFactors.remove(tx, person.id);
    await revokeSessions(tx, { userId: person.id, except: person.sessionId });
  });
  await deps.notices.send(person, 'second-factor-off');
}

/** @throws RingfenceError `PASSWORD_WRONG`, `SECOND_FACTOR_WRONG`, `LOG_IN_THROTTLED`. */
export async function renewRecoveryCodes(
  deps: AccountDependencies,
  tenant: TenantContext,
  input: FactorProof,
  client: RequestClient,
): Promise<{ recoveryCodes: string[] }> {
  const { id } = await requireBoth(deps, tenant, input, client);
  const recoveryCodes = await deps.prisma.$transaction((tx) => replaceRecoveryCodes(tx, id));
  return { recoveryCodes };
}

async function requireBoth(
  deps: AccountDependencies,
  { actor, tenantId }: TenantContext,
  { password, code }: FactorProof,
  client: RequestClient,
) {
  const person = await requirePassword(deps, actor, password, client);
  const { id: userId } = person;
  const { address } = client;
  const account = `session ${userId}`;
  const guess = await deps.throttle.count({ at: 'code', account, address, knownDevice: undefined });
  if (!(await deps.secondFactors.use({ tenantId, userId }, code))) {
    throw new RingfenceError('SECOND_FACTOR_WRONG');
  }
  await guess.wasRight();
  return person;
}
