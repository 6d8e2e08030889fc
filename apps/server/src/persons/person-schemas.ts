import { z } from 'zod';
import { loginSchema } from '../auth/index.js';
import { text } from '../http/text.js';

const code = text(64)
  .min(1)
  .optional()
  .meta({ description: 'Where a second factor is on: six digits, or a recovery code.' });

const tenant = text(253)
  .min(1)
  .meta({ description: 'The name (slug) of the tenant, or its host.' });

const otherLogin = loginSchema
  .extend({ tenant })
  .meta({ id: 'OtherLogin', description: 'How one logs in to the other tenant.' });

export const newLink = z
  .strictObject({
    password: text(1024).min(1).meta({ description: 'Of the account that is logged in.' }),
    code,
    other: otherLogin,
  })
  .meta({ id: 'NewLink' });
export type NewLink = z.output<typeof newLink>;

export const tenantSwitch = z
  .strictObject({
    tenant,
    code,
  })
  .meta({ id: 'TenantSwitch' });
export type TenantSwitch = z.output<typeof tenantSwitch>;

const linkedTenant = z
  .object({
    slug: z.string(),
    state: z.enum(['active', 'suspended', 'deleting']),
    suspended: z.boolean().meta({
      description: 'An address, password or second factor has changed: link the two once more.',
    }),
  })
  .meta({ id: 'LinkedTenant' });
export type LinkedTenant = z.output<typeof linkedTenant>;

export const linkedTenantsSchema = z
  .object({ items: z.array(linkedTenant) })
  .meta({ id: 'LinkedTenants' });
