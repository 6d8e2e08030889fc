import type { TenantId } from 'ringfence/context';
import type { TenantPrisma } from '../database/index.js';
import { newMailedToken } from './mailed-token.js';

/** What a mailed token is good for. The table knows the same two. */
export type Purpose = 'password-reset' | 'email-verification';

/** Whose token is issued, for what and for how long. */
export interface NewMailedToken {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly purpose: Purpose;
  /** Where it goes. A password reset is good while this is the user's address. */
  readonly email: string;
  /** For a change of address: the one that is replaced, and the token is good while it is the user's. */
  readonly replaces?: string;
  readonly seconds: number;
}

/**
 * Makes a token and voids the user's earlier ones of the same purpose. The caller has locked the user's
 * row ({@link lockUser}), so that of two at the same moment one is later.
 *
 * @returns the token, for a mail to be sent after the commit.
 */
export async function issueMailedToken(
  tx: Pick<TenantPrisma, 'mailedToken'>,
  { tenantId, userId, purpose, email, replaces, seconds }: NewMailedToken,
): Promise<string> {
  await voidMailedTokens(tx, userId, purpose);
  const { token, hash } = newMailedToken(tenantId);
  await tx.mailedToken.create({
    data: {
      userId,
      purpose,
      email,
      replaces: replaces ?? null,
      tokenHash: hash,
      expiresAt: new Date(Date.now() + seconds * 1000),
    },
    select: { id: true },
  });
  return token;
}

/** Voids a user's open tokens: those of one purpose, or all of them. */
export async function voidMailedTokens(
  tx: Pick<TenantPrisma, 'mailedToken'>,
  userId: string,
  purpose?: Purpose,
): Promise<void> {
  await tx.mailedToken.updateMany({
    where: { userId, usedAt: null, ...(purpose && { purpose }) },
    data: { usedAt: new Date() },
  });
}

/** How many tokens of a purpose a user was mailed within the last so many seconds. */
export function countMailedTokens(
  tx: Pick<TenantPrisma, 'mailedToken'>,
  { userId, purpose, seconds }: Pick<NewMailedToken, 'userId' | 'purpose' | 'seconds'>,
): Promise<number> {
  const createdAt = { gt: new Date(Date.now() - seconds * 1000) };
  return tx.mailedToken.count({ where: { userId, purpose, createdAt } });
}

/** Locks a user's row until the transaction ends; `false` when there is none. */
export async function lockUser(tx: Pick<TenantPrisma, '$queryRaw'>, id: string): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM public.users WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return rows.length === 1;
}
