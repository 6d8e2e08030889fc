import { z } from 'zod';
import { emailAddress } from '../http/email-address.js';
import { text } from '../http/text.js';
import { mailedToken } from '../mailed-tokens/index.js';

/** What asking for a verification takes: nothing, or a new address with the present password. */
export const emailVerificationRequestSchema = z
  .strictObject({
    email: emailAddress
      .meta({ description: 'The new address; without one, the present address is verified.' })
      .optional(),
    password: text(1024).min(1).optional().meta({ description: 'Needed for a new address.' }),
  })
  .meta({ id: 'EmailVerificationRequest' });

export type EmailVerificationRequest = z.output<typeof emailVerificationRequestSchema>;

/** What confirming takes. */
export const emailVerificationSchema = z
  .strictObject({ token: mailedToken })
  .meta({ id: 'EmailVerification' });

export type EmailVerification = z.output<typeof emailVerificationSchema>;
