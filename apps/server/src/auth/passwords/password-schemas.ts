import { z } from 'zod';
import { text } from '../../http/text.js';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from './password-rules.js';

/** A password that is chosen. Its rules are more than a schema can say: see PasswordRules. */
export const newPassword = text(1024)
  .min(1)
  .meta({
    description: `${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters of any kind, on no list of known passwords, and more than your own words.`,
  });

export const passwordChange = z
  .strictObject({ currentPassword: text(1024).min(1), newPassword })
  .meta({ id: 'PasswordChange' });

export type PasswordChange = z.output<typeof passwordChange>;
