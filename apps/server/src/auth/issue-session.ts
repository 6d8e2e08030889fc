import type { DirectoryEntry } from 'ringfence/postgres';
import type { TenantPrisma } from '../database/index.js';
import type { AccessTokenIssuer } from './access-token.js';
import type { SessionView } from './auth-schemas.js';
import { newRefreshToken } from './refresh-token.js';

/** What issuing the tokens of a session needs. */
export interface SessionIssuer {
  readonly accessTokens: AccessTokenIssuer;
  readonly refreshTokenDays: number;
}

/** Whose session it is. The role is the one that the user holds now. */
export interface SessionOwner {
  readonly tenant: DirectoryEntry;
  readonly userId: string;
  readonly role: string;
  readonly sessionId: string;
}

const DAY = 86_400_000;

/**
 * Issues the next pair of tokens of a session. Runs in the tenant's context; inside a transaction,
 * pass its client.
 */
export async function issueSession(
  prisma: Pick<TenantPrisma, 'refreshToken'>,
  { accessTokens, refreshTokenDays }: SessionIssuer,
  { tenant, userId, role, sessionId }: SessionOwner,
): Promise<SessionView> {
  const { token, hash } = newRefreshToken(tenant.id);
  await prisma.refreshToken.create({
    data: {
      userId,
      sessionId,
      tokenHash: hash,
      expiresAt: new Date(Date.now() + refreshTokenDays * DAY),
    },
    select: { id: true },
  });
  const accessToken = await accessTokens.issue({
    tenantId: tenant.id,
    tenantSlug: tenant.slug,
    userId,
    sessionId,
    role,
  });
  return {
    accessToken,
    refreshToken: token,
    tokenType: 'Bearer',
    expiresIn: accessTokens.seconds,
  };
}
