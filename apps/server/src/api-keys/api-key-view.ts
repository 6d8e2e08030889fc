import { z } from 'zod';
import type { Prisma } from '../generated/prisma/client.js';
import { pageOf } from '../http/page.js';

/** What is read of an API key; its hash is not. */
export const apiKeySelect = {
  id: true,
  name: true,
  prefix: true,
  permissions: true,
  createdBy: true,
  expiresAt: true,
  lastUsedAt: true,
  revokedAt: true,
  createdAt: true,
} satisfies Prisma.ApiKeySelect;

/** An API key as it was read. It is answered as it is. */
export type ApiKeyRow = Prisma.ApiKeyGetPayload<{ select: typeof apiKeySelect }>;

const shape = {
  id: z.uuid(),
  name: z.string(),
  prefix: z.string().meta({ description: 'How the key begins.', example: 'rfk_qL2x8RfA' }),
  permissions: z.array(z.string()).meta({
    description: 'What it may do, as far as whoever made it may do it at that moment.',
  }),
  createdBy: z.uuid().meta({ description: 'The user it acts for, and goes with.' }),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable().meta({ description: 'To the minute.' }),
  revokedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
};

/** The schema of an API key, for the OpenAPI document. */
export const apiKeySchema = z.object(shape).meta({ id: 'ApiKey' });

/** The schema of a page of them. */
export const apiKeyPageSchema = pageOf('ApiKey', apiKeySchema);

/** The schema of a key that was just made: the one time that its text is there. */
export const createdApiKeySchema = z
  .object({
    ...shape,
    key: z.string().meta({ description: 'The key itself. It is never shown again.' }),
  })
  .meta({ id: 'CreatedApiKey' });
