import type { TenantContext } from 'ringfence/context';
import type { RequestClient } from '../../http/request-client.js';
import { voidMailedTokens } from '../../mailed-tokens/issue-mailed-token.js';
import type { AccountDependencies } from '../account-dependencies.js';
import { stillProven } from '../prove-credentials.js';
import { revokeSessions } from '../sessions/revoke-sessions.js';
import type { PasswordChange } from './password-schemas.js';
import { requirePassword } from './require-password.js';

/**
 * Gives the actor another password. Every other session ends, every device is a stranger again, links
 * that were mailed are void, and the person is told by mail, a few times an hour.
 *
 * @throws RingfenceError `PASSWORD_WRONG`, `LOG_IN_THROTTLED`, `VALIDATION_FAILED` for a new password that
 *   breaks a rule.
 */
export async function changePassword(
  deps: AccountDependencies,
  { actor, tenantId }: TenantContext,
  input: PasswordChange,
  client: RequestClient,
): Promise<void> {
  const person = await requirePassword(deps, actor, input.currentPassword, client);
  const { id: userId, sessionId: except, email, name } = person;
  const tenant = await deps.directory.findTenant(tenantId);
  const words = [email, name, tenant?.slug ?? ''];
  const passwordHash = await deps.rules.hash(input.newPassword, { pointer: '/newPassword', words });
  await deps.prisma.$transaction(async (tx) => {
    // FOR SHARE is not enough for two changes at once: the second one then finds another hash.
    await tx.$queryRaw`SELECT FROM public.users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`;
    await stillProven(tx, { userId, passwordHash: person.passwordHash });
    await tx.user.update({ where: { id: userId }, data: { passwordHash }, select: { id: true } });
    await tx.knownDevice.deleteMany({ where: { userId } });
    await revokeSessions(tx, { userId, except });
    // Links that somebody else asked for while they knew the old password must not bring them back.
    await voidMailedTokens(tx, userId);
  });
  await deps.notices.send(person, 'password-changed');
}
