import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 4096;

/**
 * What PostgreSQL stores instead of a password. Made here, so that the password itself never stands
 * in a statement, where a server may log it.
 *
 * @see RFC 5802, section 3; RFC 7677; PostgreSQL manual, 53.8 "pg_authid"
 */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  // NFKC is the part of SASLprep (RFC 4013) that changes ordinary passwords.
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
