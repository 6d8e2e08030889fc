import { z } from 'zod';
import { pageOf, pageQuery } from '../http/page.js';

export const alertsQuery = pageQuery;
export type AlertsQuery = z.output<typeof alertsQuery>;

export const alertSchema = z
  .object({
    id: z.guid(),
    rule: z.string().meta({ description: 'The rule that fired; see docs/access-patterns.md.' }),
    severity: z.enum(['notice', 'warning', 'critical']),
    subject: z
      .string()
      .meta({ description: 'Who or what: user:<id>, api-key:<id>, operator:<id>, tenant.' }),
    evidence: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Ids, codes and counts; never data.' }),
    at: z.iso.datetime().meta({ description: 'When it happened.' }),
    times: z.int().meta({ description: 'How often it was found while it cooled down.' }),
    lastAt: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    acknowledgedAt: z.iso.datetime().nullable(),
    acknowledgedBy: z.string().nullable(),
  })
  .meta({ id: 'Alert' });

export const alertPageSchema = pageOf('Alert', alertSchema);

export const actorAccessSchema = z
  .object({
    actor: z.string().meta({ description: 'user:<id>, api-key:<id> or operator:<id>.' }),
    reads: z.int(),
    writes: z.int(),
    refused: z.int(),
    rows: z.int().meta({ description: 'Rows of the tenant in the answers.' }),
    busiestHour: z.int().meta({ description: 'Rows in the busiest hour of the 35 days before.' }),
    networks: z
      .int()
      .meta({ description: 'From how many networks; of people who are privileged.' }),
  })
  .meta({ id: 'ActorAccess' });

export const accessPatternsSchema = z
  .object({ since: z.iso.datetime(), items: z.array(actorAccessSchema) })
  .meta({ id: 'AccessPatterns' });
