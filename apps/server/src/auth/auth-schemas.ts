import { z } from 'zod';
import { text } from '../http/text.js';

/**
 * What logging in takes. Nothing here depends on what is stored, so a refusal by the schema tells
 * nobody anything; whatever passes it gets one and the same answer.
 */
export const loginSchema = z
  .strictObject({
    tenant: text(253).min(1).optional().meta({
      description:
        'The name (slug) of the tenant, or its host. Not needed where the address names it.',
    }),
    email: text(254).min(1).meta({ description: 'Upper and lower case are the same.' }),
    password: text(1024).min(1),
    code: text(64)
      .min(1)
      .optional()
      .meta({ description: 'Of the second factor: six digits, or a recovery code.' }),
    deviceToken: text(100)
      .min(1)
      .optional()
      .meta({ description: 'What an earlier log-in from this device answered.' }),
  })
  .meta({ id: 'Login' });

export type LoginInput = z.infer<typeof loginSchema>;

/** The same once it is known which tenant is meant, be it by the address of the request. */
export type NamedLogin = LoginInput & { readonly tenant: string };

/** What refreshing and logging out take. A text that is no refresh token at all is simply not valid. */
export const refreshTokenSchema = z
  .strictObject({ refreshToken: z.string().min(1).max(200) })
  .meta({ id: 'RefreshTokenInput' });

export type RefreshTokenInput = z.infer<typeof refreshTokenSchema>;

/** What logging in and refreshing answer. */
export const sessionSchema = z
  .object({
    accessToken: z.string().meta({ description: 'Send it as Authorization: Bearer.' }),
    refreshToken: z.string().optional().meta({
      description: 'Good once: refreshing answers the next one. Not there in cookie mode.',
    }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.number().int().meta({ description: 'Seconds until the access token expires.' }),
    deviceToken: z.string().optional().meta({
      description: 'From a new device: keep it, and send it with each log-in from here.',
    }),
  })
  .meta({ id: 'Session' });

/** As the verbs make it; in cookie mode the refresh token is taken out on the way. */
export type SessionView = z.infer<typeof sessionSchema> & { readonly refreshToken: string };

/** What `GET /auth/me` answers. */
export const meSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    tenant: z.object({ id: z.uuid(), slug: z.string() }),
  })
  .meta({ id: 'Me' });

export type MeView = z.infer<typeof meSchema>;
