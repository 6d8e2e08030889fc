import { z } from 'zod';
import { newPassword } from '../auth/index.js';
import { emailAddress } from '../http/email-address.js';
import { nameLine } from '../http/text.js';
import { tenantSlug } from './tenant-slug.js';

/** What registering a tenant takes: itself, and its first owner. */
export const registrationSchema = z
  .strictObject({
    slug: tenantSlug.meta({ description: 'The name in addresses and at log-in. It stays.' }),
    name: nameLine(200),
    owner: z.strictObject({ name: nameLine(200), email: emailAddress, password: newPassword }),
  })
  .meta({ id: 'Registration' });
export type Registration = z.output<typeof registrationSchema>;

/** What it answers. */
export const registeredSchema = z
  .object({
    tenant: z.object({ id: z.uuid(), slug: z.string(), name: z.string() }),
    owner: z.object({ id: z.uuid(), email: z.email() }),
  })
  .meta({ id: 'Registered' });
export type Registered = z.output<typeof registeredSchema>;
