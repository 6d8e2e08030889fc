import { createHash, randomBytes } from 'node:crypto';
import type { TenantPrisma } from '../../database/index.js';

/** A device that has been quiet for this long is a stranger again. */
const DAYS = 180;
const MOST_PER_USER = 20;
const DAY = 86_400_000;

/**
 * Has a log-in to this account succeeded from this device? One statement, whatever there is: account,
 * device, or neither.
 *
 * @param token what the client was given at that log-in.
 * @see OWASP "Slow Down Online Guessing Attacks with Device Cookies"
 */
export async function isKnownDevice(
  prisma: Pick<TenantPrisma, '$queryRaw'>,
  email: string,
  token: string | undefined,
): Promise<boolean> {
  const rows = await prisma.$queryRaw<unknown[]>`
    SELECT d.id FROM public.known_devices AS d
    JOIN public.users AS u ON u.tenant_id = d.tenant_id AND u.id = d.user_id
    WHERE u.email = ${email} AND d.device_hash = ${hashOf(token ?? '')} AND d.expires_at > now()`;
  return rows.length > 0;
}

/**
 * Remembers the device of a log-in that has succeeded.
 *
 * @param known the token that it came with, when {@link isKnownDevice} knew it.
 * @returns the token for a device that is new.
 */
export async function rememberDevice(
  tx: Pick<TenantPrisma, 'knownDevice'>,
  userId: string,
  known: string | undefined,
): Promise<string | undefined> {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + DAYS * DAY);
  if (known !== undefined) {
    const { count } = await tx.knownDevice.updateMany({
      where: { userId, deviceHash: hashOf(known) },
      data: { lastUsedAt: now, expiresAt },
    });
    if (count > 0) return undefined;
  }
  const token = randomBytes(32).toString('base64url');
  await tx.knownDevice.create({ data: { userId, deviceHash: hashOf(token), expiresAt } });
  const tooMany = await tx.knownDevice.findMany({
    where: { userId },
    orderBy: [{ lastUsedAt: 'desc' }, { id: 'asc' }],
    skip: MOST_PER_USER,
    select: { id: true },
  });
  const ids = tooMany.map(({ id }) => id);
  if (ids.length > 0) await tx.knownDevice.deleteMany({ where: { id: { in: ids } } });
  return token;
}

/** 256 random bits need no salt and no slow hash. */
function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
