import { type ErrorCode, RingfenceError, type RingfenceErrorOptions } from 'ringfence/errors';
import { fromPrisma } from 'ringfence/prisma';

/** What a refusal of the database means to whoever asked. */
type Meanings = Partial<Record<ErrorCode, RingfenceErrorOptions & { readonly code?: ErrorCode }>>;

/**
 * Runs a write and says what the database's refusal means *here*: a broken foreign key is a missing
 * parent when a row is created, and a remaining child when one is deleted. The database decides, so
 * no check before the write can be overtaken.
 *
 * @example
 * await explainRefusal(prisma.project.create({ data }), {
 *   REFERENCE_NOT_FOUND: { errors: [{ pointer: '/organizationId', message: 'does not exist' }] },
 * });
 */
export async function explainRefusal<T>(write: PromiseLike<T>, meanings: Meanings): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const refusal = fromPrisma(error);
    const meaning = refusal && meanings[refusal.code];
    if (!meaning) throw error;
    const { code = refusal.code, ...options } = meaning;
    throw new RingfenceError(code, { cause: error, ...options });
  }
}
