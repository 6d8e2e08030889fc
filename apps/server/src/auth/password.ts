import { randomBytes } from 'node:crypto';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { type Lane, WorkQueue } from './work-queue.js';

/**
 * The password of the demo tenants. It stands in the documentation, so a production server takes it
 * from nobody.
 */
export const DEMO_PASSWORD = 'ringfence-demo';

/**
 * argon2id, the algorithm that the package chooses by itself: 19 MiB, two passes, one lane.
 *
 * @see OWASP Password Storage Cheat Sheet, "Argon2id"
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * A hash of the same cost that no password has: whoever is not there is verified against it. Salt and
 * digest are random, so there is nothing to find.
 */
const DECOY = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${unpadded(16)}$${unpadded(32)}`;

/**
 * argon2 runs in Node's pool of four threads, which file and name look-ups need as well: half of it
 * at a time. The longest wait is then about fifteen seconds.
 */
const QUEUE = new WorkQueue({ running: 2, waiting: 500 });

/**
 * Hashes a password with argon2id into a PHC string.
 *
 * The text is normalised to NFKC first, so that one password typed on two keyboards is one password;
 * upper and lower case, blanks and length stay as they are.
 *
 * @throws RingfenceError `OVERLOADED` when too many passwords are waiting.
 * @see NIST SP 800-63B, 5.1.1.2 "Memorized Secret Verifiers"; RFC 9106 "Argon2"
 * @example
 * await prisma.user.create({ data: { …, passwordHash: await hashPassword('correct horse') } });
 */
export function hashPassword(password: string): Promise<string> {
  return QUEUE.run(() => hash(normalized(password), COST));
}

/**
 * Checks a password with exactly one argon2 verification, whether or not there is a hash to check it
 * against: `undefined`, `null` and an unreadable hash cost what a wrong password costs.
 *
 * @param lane `known` goes past all strangers who wait.
 * @throws RingfenceError `OVERLOADED` when too many passwords are waiting.
 * @example
 * const right = await verifyPassword(user?.passwordHash, input.password);
 */
export async function verifyPassword(
  stored: string | null | undefined,
  password: string,
  lane: Lane = 'stranger',
): Promise<boolean> {
  const real = isReadable(stored);
  const right = await QUEUE.run(() => verify(real ? stored : DECOY, normalized(password)), lane);
  return real && right;
}

/** Is this the {@link DEMO_PASSWORD}, however it was typed? */
export function isDemoPassword(password: string): boolean {
  return normalized(password) === DEMO_PASSWORD;
}

function normalized(password: string): string {
  return password.normalize('NFKC');
}

function isReadable(stored: string | null | undefined): stored is string {
  if (!stored) return false;
  try {
    parseOptions(stored);
    return true;
  } catch {
    return false;
  }
}

function unpadded(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
