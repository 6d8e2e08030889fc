import { z } from 'zod';
import { pageQuery } from '../http/page.js';
import { nameLine } from '../http/text.js';
import { KEY_SCOPES, type Permission } from '../permissions.js';

export const newApiKeyInput = z
  .strictObject({
    name: nameLine(80).meta({ description: 'What it is for.' }),
    permissions: z
      .array(z.enum(KEY_SCOPES as [Permission, ...Permission[]]))
      .min(1)
      .max(KEY_SCOPES.length)
      .refine((names) => new Set(names).size === names.length, 'must not hold a permission twice'),
    expiresInDays: z.int().min(1).max(365).default(90),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKeyInput = z.output<typeof newApiKeyInput>;

export const apiKeysQuery = pageQuery;
export type ApiKeysQuery = z.output<typeof apiKeysQuery>;
