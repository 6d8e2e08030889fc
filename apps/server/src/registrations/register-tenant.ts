import { randomUUID } from 'node:crypto';
import { parseTenantId, runInTenant, tenantContext } from 'ringfence/context';
import { REGISTER_TENANT_STATEMENT } from 'ringfence/sql';
import { issueEmailVerification, mailEmailVerification } from '../email-verifications/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import type { AccountMails } from '../mailed-tokens/index.js';
import type { Registered, Registration } from './registration-schemas.js';

const SLUG_TAKEN = { errors: [{ pointer: '/slug', message: 'This name is taken.' }] };

/**
 * Registers a tenant with its first owner, both or neither: the id is ours, so the transaction is bound
 * to the tenant before there is one, and the entry in the directory is its first statement. The owner's
 * address is still to be verified; the link is mailed after the commit.
 *
 * @throws RingfenceError `ALREADY_EXISTS` when the slug is taken: that cannot be kept from whoever
 *   chooses one. `VALIDATION_FAILED` for a password that anybody could guess.
 */
export async function registerTenant(
  mails: AccountMails,
  { slug, name, owner }: Registration,
): Promise<Registered> {
  const passwordHash = await mails.rules.hash(owner.password, {
    pointer: '/owner/password',
    words: [owner.email, owner.name, slug, name],
  });
  const tenantId = parseTenantId(randomUUID());
  const context = tenantContext(tenantId, { kind: 'system', reason: 'registration' });
  return runInTenant(
    context,
    async () => {
      const register = mails.prisma.$transaction(async (tx) => {
        await tx.$executeRawUnsafe(REGISTER_TENANT_STATEMENT, slug, name);
        const user = await tx.user.create({
          data: { name: owner.name, email: owner.email, role: 'owner', passwordHash },
          select: { id: true, email: true },
        });
        const address = { tenantId, userId: user.id, email: user.email };
        return { user, address, token: await issueEmailVerification(tx, mails, address) };
      });
      const { user, address, token } = await explainRefusal(register, {
        ALREADY_EXISTS: SLUG_TAKEN,
      });
      const who = { tenantId, userId: user.id };
      mails.logger.info({ event: 'tenant_registered', ...who }, 'A tenant has registered.');
      await mailEmailVerification(mails, address, { token, name: owner.name });
      return { tenant: { id: tenantId, slug, name }, owner: { id: user.id, email: user.email } };
    },
    { nested: 'separate' },
  );
}
