import { RingfenceError } from 'ringfence/errors';

/**
 * Says why a conditional write met no row: it is not there (for this tenant), or it is there in
 * another version. Asked only after the write, so the write itself stays one statement.
 *
 * @throws RingfenceError `NOT_FOUND` or `PRECONDITION_FAILED`, always.
 * @example
 * return row ?? explainNoMatch(prisma.project.findUnique({ where: { id }, select: { id: true } }));
 */
export async function explainNoMatch(lookUp: PromiseLike<object | null>): Promise<never> {
  throw new RingfenceError((await lookUp) ? 'PRECONDITION_FAILED' : 'NOT_FOUND');
}
