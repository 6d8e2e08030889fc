import { requireActive, runInTenant, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { DirectoryEntry, TenantPool } from 'ringfence/postgres';
import type { EventLogger } from 'ringfence/telemetry';
import type { TenantPrisma } from '../database/index.js';
import type { RequestClient } from '../http/request-client.js';
import type { RefreshTokenInput, SessionView } from './auth-schemas.js';
import {
  decoyRefreshTokenKey,
  isIssuedTo,
  parseRefreshToken,
  type RefreshTokenKey,
} from './refresh-token.js';
import { claimSession, issueTokens, type SessionIssuer } from './sessions/issue-session.js';
import { revokeSessions } from './sessions/revoke-sessions.js';

/** What {@link refreshSession} needs. */
export interface RefreshSessionDependencies {
  readonly directory: Pick<TenantPool, 'findTenant'>;
  readonly prisma: TenantPrisma;
  readonly issuer: SessionIssuer;
  readonly logger: Pick<EventLogger, 'warn'>;
}

/** As long as the pool itself waits for a connection: a crowd is queued, and not answered with errors. */
const PATIENCE = { maxWait: 10_000, timeout: 10_000 };

/**
 * Exchanges a refresh token for the next pair of tokens. Each one is good once; its user's role is
 * read anew.
 *
 * A token that comes a second time was stolen, or its thief has been here first: the whole session is
 * revoked and the event is logged. Of two exchanges at the same moment one wins, and the other counts
 * as the second time. There is no grace period on purpose: within it a thief's copy would be worth a
 * session. A client that shares a session between tabs lets one of them refresh.
 *
 * @throws RingfenceError `REFRESH_TOKEN_INVALID`, the same for a token that is unknown, malformed,
 *   forged, expired, revoked, used or another tenant's; `TENANT_SUSPENDED` or `TENANT_DELETING`
 *   for a valid one, which stays valid.
 * @see RFC 9700, 4.14.2 "Refresh Token Protection: Recommendations"
 * @example
 * const next = await refreshSession(dependencies, { refreshToken: session.refreshToken });
 */
export async function refreshSession(
  deps: RefreshSessionDependencies,
  input: RefreshTokenInput,
  client: RequestClient,
): Promise<SessionView> {
  const key = parseRefreshToken(input.refreshToken) ?? decoyRefreshTokenKey();
  const tenant = await deps.directory.findTenant(key.tenantId);
  const work = async (): Promise<SessionView> => {
    const session = await deps.prisma.$transaction(
      (tx) => exchange(tx, deps.issuer, key, tenant, client),
      PATIENCE,
    );
    if (session) return session;
    // After that transaction has ended, because the revocation must outlive it.
    await punishReuse(deps, key);
    throw new RingfenceError('REFRESH_TOKEN_INVALID');
  };
  return runInTenant(tenantContext(key.tenantId, { kind: 'system', reason: 'refresh' }), work, {
    nested: 'separate',
  });
}

async function exchange(
  tx: Pick<TenantPrisma, 'session' | 'refreshToken'>,
  issuer: SessionIssuer,
  key: RefreshTokenKey,
  tenant: DirectoryEntry | undefined,
  client: RequestClient,
): Promise<SessionView | undefined> {
  const now = new Date();
  const good = { tokenHash: key.hash, usedAt: null, revokedAt: null, expiresAt: { gt: now } };
  const known = await tx.refreshToken.findFirst({
    where: good,
    select: { userId: true, sessionId: true },
  });
  // Sent to another tenant's address it stays unused: that was a mistake, or somebody else's doing.
  if (!known || !tenant || !isIssuedTo(issuer.keys, key, known)) return undefined;
  // The session before its tokens: revokeSessions locks in this order.
  const expiresAt = await claimSession(tx, known.sessionId, client);
  if (!expiresAt) return undefined;
  // One UPDATE decides: whoever comes second waits for it, and then finds the token used.
  const [claimed] = await tx.refreshToken.updateManyAndReturn({
    where: good,
    data: { usedAt: now },
    select: { user: { select: { id: true, role: true } } },
  });
  if (!claimed) return undefined;
  requireActive(tenant.state);
  const { id: userId, role } = claimed.user;
  const { sessionId } = known;
  return issueTokens(tx, issuer, { tenant, userId, role, client, sessionId, expiresAt });
}

async function punishReuse(deps: RefreshSessionDependencies, key: RefreshTokenKey): Promise<void> {
  const known = await deps.prisma.refreshToken.findFirst({
    where: { tokenHash: key.hash },
    select: { userId: true, sessionId: true, usedAt: true },
  });
  if (!known?.usedAt || !isIssuedTo(deps.issuer.keys, key, known)) return;
  const { userId, sessionId } = known;
  await deps.prisma.$transaction((tx) => revokeSessions(tx, { userId, only: sessionId }), PATIENCE);
  deps.logger.warn(
    { event: 'refresh_token_reused', tenantId: key.tenantId, userId, sessionId },
    'A refresh token was used twice; its session is revoked.',
  );
}
