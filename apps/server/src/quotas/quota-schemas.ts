import { z } from 'zod';

const amount = z.int().min(0);

export const quotaSchema = z
  .object({
    name: z.string().meta({
      description: '`seats`: people; `documents`; `storage`: bytes of the bodies of documents.',
      example: 'documents',
    }),
    used: amount.meta({ description: 'How much of it the tenant has.' }),
    allowed: amount
      .nullable()
      .meta({ description: 'How much it may have; `null` when there is no limit.' }),
  })
  .meta({ id: 'Quota' });

export type Quota = z.output<typeof quotaSchema>;

export const quotasSchema = z.object({ items: z.array(quotaSchema) }).meta({ id: 'Quotas' });
