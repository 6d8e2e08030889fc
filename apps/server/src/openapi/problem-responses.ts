import { CATALOGUE, type ErrorCode } from 'ringfence/errors';
import { z } from 'zod';

/** A refusal, as every route answers it. */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'urn:ringfence:problem:not-found' }),
    title: z.string().meta({ example: CATALOGUE.NOT_FOUND.sentence }),
    status: z.int().meta({ example: 404 }),
    detail: z.string().meta({ example: CATALOGUE.NOT_FOUND.remedy }),
    code: z.string().meta({ description: 'Stable; for programs.', example: 'NOT_FOUND' }),
    requestId: z.string().meta({ description: 'Also in the header X-Request-Id.' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ description: 'A JSON pointer to the field.' }),
          message: z.string(),
        }),
      )
      .optional(),
    quota: z
      .object({ name: z.string(), allowed: z.int() })
      .optional()
      .meta({ description: 'With `QUOTA_EXCEEDED`: which one, and how much of it there may be.' }),
  })
  // No id: named here, the schema would be written as a reference to itself.
  .meta({ description: 'A problem document (RFC 9457).' });

/** The `responses` of an operation for the given codes, one entry per HTTP status. */
export function problemResponses(codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = CATALOGUE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      String(status),
      problemResponse(same.map((code) => `\`${code}\`: ${CATALOGUE[code].sentence}`).join(' ')),
    ]),
  );
}

/** One entry of `responses` that answers a problem document. */
export function problemResponse(description: string) {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
