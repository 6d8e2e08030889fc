import { randomUUID } from 'node:crypto';
import { parseTenantId, runInTenant, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantDirectory, TenantEntry } from 'ringfence/nest';
import type { TenantPrisma } from '../database/index.js';
import { lockUser, type Purpose } from './issue-mailed-token.js';
import { type MailedTokenKey, mailedTokenKey } from './mailed-token.js';

/** What a claimed token was issued for. */
export interface ClaimedToken {
  readonly userId: string;
  readonly email: string;
  readonly replaces: string | null;
}

/**
 * Does what the holder of a mailed token may do, in the token's tenant. Whatever is wrong with the
 * token, the answer is one and the same; that the tenant is suspended is told to nobody else than the
 * holder of a good token.
 *
 * @param directory as the request may ask it, so that a token does nothing on the host of another tenant.
 * @param work answers `undefined` when the token is not good.
 * @throws RingfenceError `MAILED_TOKEN_INVALID`
 */
export async function withMailedToken<T>(
  directory: TenantDirectory,
  token: string,
  work: (key: MailedTokenKey, tenant: TenantEntry) => Promise<T | undefined>,
): Promise<T> {
  const key = mailedTokenKey(token);
  // Without such a tenant, or on a host of another one, the token is looked for all the same, under a
  // binding that has no rows: never under the one that it names.
  const tenant = await directory.findTenant(key.tenantId);
  const entry = tenant ?? { id: parseTenantId(randomUUID()), slug: '', state: 'active' as const };
  const context = tenantContext(entry.id, { kind: 'system', reason: 'mailed token' });
  const result = await runInTenant(context, () => work(key, entry), { nested: 'separate' });
  if (!tenant || result === undefined) throw new RingfenceError('MAILED_TOKEN_INVALID');
  return result;
}

/** Looks for an open token without using it up: before work that is too dear for anybody else. */
export function findMailedToken(
  prisma: Pick<TenantPrisma, 'mailedToken'>,
  { hash }: MailedTokenKey,
  purpose: Purpose,
) {
  return prisma.mailedToken.findFirst({
    where: { tokenHash: hash, purpose, usedAt: null, expiresAt: { gt: new Date() } },
    select: { email: true, user: { select: { id: true, email: true, name: true } } },
  });
}

/**
 * Uses an open token up. One UPDATE decides: of two at the same moment one finds it used. The user's
 * row is locked first, as by everything else that voids tokens, so that nobody waits in a circle.
 */
export async function claimMailedToken(
  tx: Pick<TenantPrisma, 'mailedToken' | '$queryRaw'>,
  { hash }: MailedTokenKey,
  purpose: Purpose,
): Promise<ClaimedToken | undefined> {
  const known = await tx.mailedToken.findFirst({
    where: { tokenHash: hash },
    select: { userId: true },
  });
  if (!known || !(await lockUser(tx, known.userId))) return undefined;
  const now = new Date();
  const [claimed] = await tx.mailedToken.updateManyAndReturn({
    where: { tokenHash: hash, purpose, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
    select: { userId: true, email: true, replaces: true },
  });
  return claimed;
}
