import { z } from 'zod';
import { text } from '../../http/text.js';

const password = text(1024).min(1).meta({ description: 'The current password, once more.' });
const code = text(64).min(1).meta({ description: 'Six digits of the app, or a recovery code.' });

export const factorEnrolment = z.strictObject({ password }).meta({ id: 'SecondFactorEnrolment' });
export type FactorEnrolment = z.output<typeof factorEnrolment>;

export const factorConfirmation = z
  .strictObject({ code: text(64).min(1).meta({ description: 'Six digits of the app.' }) })
  .meta({ id: 'SecondFactorConfirmation' });
export type FactorConfirmation = z.output<typeof factorConfirmation>;

export const factorProof = z.strictObject({ password, code }).meta({ id: 'SecondFactorProof' });
export type FactorProof = z.output<typeof factorProof>;

/** What enrolling answers, once. */
export const enrolledSchema = z
  .object({
    secret: z.string().meta({ description: 'Base32, to be typed where no QR code can be read.' }),
    uri: z.string().meta({ description: 'otpauth://…, for a QR code.' }),
  })
  .meta({ id: 'SecondFactorSecret' });

export const recoveryCodesSchema = z
  .object({
    recoveryCodes: z.array(z.string()).meta({ description: 'Each is good once. Keep them apart.' }),
  })
  .meta({ id: 'RecoveryCodes' });
