import { z } from 'zod';
import { newPassword } from '../auth/index.js';
import { text } from '../http/text.js';
import { mailedToken } from '../mailed-tokens/index.js';

/** What asking for a password reset takes. As at log-in, nothing here depends on what is stored. */
export const passwordResetRequestSchema = z
  .strictObject({
    tenant: text(253).min(1).optional().meta({
      description:
        'The name (slug) of the tenant, or its host. Not needed where the address names it.',
    }),
    email: text(254).min(1).meta({ description: 'Upper and lower case are the same.' }),
  })
  .meta({ id: 'PasswordResetRequest' });

export type PasswordResetRequest = z.output<typeof passwordResetRequestSchema>;

/** What setting the new password takes. */
export const passwordResetSchema = z
  .strictObject({ token: mailedToken, password: newPassword })
  .meta({ id: 'PasswordReset' });

export type PasswordReset = z.output<typeof passwordResetSchema>;
