import { RingfenceError } from 'ringfence/errors';
import { text } from '../http/text.js';
import { isDemoPassword } from './password.js';

const SHORTEST = 12;

/** A password that somebody sets. Whether it is a good one is said by {@link checkNewPassword}. */
export const newPassword = text(1024)
  .min(1)
  .meta({ description: `At least ${SHORTEST} characters, of whatever kind.` });

/**
 * @throws RingfenceError `VALIDATION_FAILED` for a password that anybody could guess.
 * @see NIST SP 800-63B, 5.1.1.2
 */
export async function checkNewPassword(password: string, pointer = '/password'): Promise<void> {
  const length = [...password.normalize('NFKC')].length;
  const fault =
    length < SHORTEST
      ? `must have at least ${SHORTEST} characters`
      : isDemoPassword(password)
        ? 'is known to everybody'
        : undefined;
  if (fault === undefined) return;
  throw new RingfenceError('VALIDATION_FAILED', { errors: [{ pointer, message: fault }] });
}
