import type { DirectoryEntry } from 'ringfence/postgres';
import type { AccountKeys } from '../../account-keys/index.js';
import type { TenantPrisma } from '../../database/index.js';
import type { RequestClient } from '../../http/request-client.js';
import type { AccessTokenIssuer } from '../access-token.js';
import type { SessionView } from '../auth-schemas.js';
import { newRefreshToken } from '../refresh-token.js';

/** What issuing the tokens of a session needs. */
export interface SessionIssuer {
  readonly accessTokens: AccessTokenIssuer;
  readonly keys: AccountKeys;
  /** How long a session may stay unused. */
  readonly refreshTokenDays: number;
  /** How long a session lasts at most, used or not. */
  readonly sessionDays: number;
}

/** Whose session begins, and from where. The role is the one that the user holds now. */
export interface SessionOwner {
  readonly tenant: DirectoryEntry;
  readonly userId: string;
  readonly role: string;
  readonly client: RequestClient;
}

/** A session that has begun already. */
export interface RunningSession extends SessionOwner {
  readonly sessionId: string;
  readonly expiresAt: Date;
}

type SessionTransaction = Pick<TenantPrisma, 'session' | 'refreshToken'>;

const DAY = 86_400_000;

/**
 * Begins a session of a user and issues its first tokens: the one way in, whatever was proven before
 * (a password, an invitation, a membership). Runs in the tenant's context, in a transaction.
 *
 * @param tx the client of the transaction in which whatever lets the user in was checked.
 * @example
 * return prisma.$transaction((tx) => issueSession(tx, issuer, { tenant, userId, role, client }));
 */
export async function issueSession(
  tx: SessionTransaction,
  issuer: SessionIssuer,
  owner: SessionOwner,
): Promise<SessionView> {
  const expiresAt = new Date(Date.now() + issuer.sessionDays * DAY);
  const { userId, client } = owner;
  const { id: sessionId } = await tx.session.create({
    data: { userId, expiresAt, ...seen(client) },
    select: { id: true },
  });
  return issueTokens(tx, issuer, { ...owner, sessionId, expiresAt });
}

/** Issues the next tokens of a session; {@link claimSession} says whether it may have them. */
export async function issueTokens(
  tx: Pick<TenantPrisma, 'refreshToken'>,
  { accessTokens, keys, refreshTokenDays }: SessionIssuer,
  { tenant, userId, role, sessionId, expiresAt }: RunningSession,
): Promise<SessionView> {
  const { token, hash } = newRefreshToken(keys, tenant.id, { userId, sessionId });
  const idle = Date.now() + refreshTokenDays * DAY;
  await tx.refreshToken.create({
    data: {
      userId,
      sessionId,
      tokenHash: hash,
      expiresAt: new Date(Math.min(idle, expiresAt.getTime())),
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

/**
 * Marks a session as used now, if it lasts still, and holds its row until the transaction ends: a
 * revocation that comes meanwhile waits, and ends whatever was issued.
 *
 * @returns when the session ends, or `undefined` when it has.
 */
export async function claimSession(
  tx: Pick<TenantPrisma, 'session'>,
  id: string,
  client: RequestClient,
): Promise<Date | undefined> {
  const now = new Date();
  const [claimed] = await tx.session.updateManyAndReturn({
    where: { id, revokedAt: null, expiresAt: { gt: now } },
    data: { lastUsedAt: now, ...seen(client) },
    select: { expiresAt: true },
  });
  return claimed?.expiresAt;
}

function seen({ address, userAgent }: RequestClient) {
  return { address: address ?? null, userAgent: userAgent ?? null };
}
