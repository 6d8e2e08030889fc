import { z } from 'zod';
import { pageOf, pageQuery } from '../http/page.js';

/** What the log can be narrowed to. */
const FILTERS = {
  actor: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .meta({ description: 'Only what this actor did: the id of a person or key.' }),
  objectType: z
    .string()
    .regex(/^[a-z_]{1,63}$/, 'must be the name of a kind of thing')
    .exactOptional()
    .meta({ description: 'Only changes of this kind of thing, for example projects.' }),
  objectId: z.uuid().exactOptional().meta({ description: 'Only changes of this one.' }),
  from: z.iso
    .datetime()
    .exactOptional()
    .meta({ description: 'Only what was done at this time or later.' }),
  to: z.iso
    .datetime()
    .exactOptional()
    .meta({ description: 'Only what was done before this time.' }),
};

export const auditLogQuery = pageQuery.extend(FILTERS);
export type AuditLogQuery = z.output<typeof auditLogQuery>;

export const auditLogExportQuery = z.strictObject({
  ...FILTERS,
  format: z
    .enum(['jsonl', 'csv'])
    .default('jsonl')
    .meta({ description: 'JSON lines, or CSV for a spreadsheet.' }),
});
export type AuditLogExportQuery = z.output<typeof auditLogExportQuery>;
export type AuditLogFilters = Omit<AuditLogQuery, 'limit' | 'cursor'>;

export const auditEntrySchema = z
  .object({
    id: z.uuid(),
    createdAt: z.iso.datetime(),
    action: z.enum(['insert', 'update', 'delete']),
    objectType: z.string(),
    objectId: z.uuid().nullable(),
    changed: z.array(z.string()).meta({ description: 'The columns that an update changed.' }),
    details: z
      .record(z.string(), z.array(z.unknown()))
      .meta({ description: 'Before and after, of the columns whose values are kept.' }),
    actorKind: z.string(),
    actorId: z.string().nullable(),
    actorSession: z.string().nullable(),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

export const auditPageSchema = pageOf('AuditEntry', auditEntrySchema);
