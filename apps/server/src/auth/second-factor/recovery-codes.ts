import { createHash, randomBytes } from 'node:crypto';
import type { TenantPrisma } from '../../database/index.js';

const COUNT = 10;
const GROUPS = 6;
/** Crockford's base32: no letter that looks like a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Makes ten recovery codes of a user; those from before are gone. They are answered once and stored as
 * hashes: 120 random bits each need no slow one.
 *
 * @see OWASP ASVS 5.0, V6.5.2
 */
export async function replaceRecoveryCodes(
  tx: Pick<TenantPrisma, 'recoveryCode'>,
  userId: string,
): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, newCode);
  await tx.recoveryCode.deleteMany({ where: { userId } });
  await tx.recoveryCode.createMany({
    data: codes.map((code) => ({ userId, codeHash: hashOf(code) })),
  });
  return codes;
}

/** Uses a recovery code up: whoever comes second finds it used. */
export async function useRecoveryCode(
  prisma: Pick<TenantPrisma, 'recoveryCode'>,
  userId: string,
  code: string,
): Promise<boolean> {
  const { count } = await prisma.recoveryCode.updateMany({
    where: { userId, codeHash: hashOf(code), usedAt: null },
    data: { usedAt: new Date() },
  });
  return count === 1;
}

function newCode(): string {
  const letters = [...randomBytes(4 * GROUPS)].map((byte) => ALPHABET[byte % 32]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** However it was typed: letters, hyphens and blanks are people's. */
function hashOf(code: string): Uint8Array<ArrayBuffer> {
  const plain = code.toLowerCase().replace(/[\s-]/g, '').replace(/[il]/g, '1').replace(/o/g, '0');
  return new Uint8Array(createHash('sha256').update(plain).digest());
}
