import { RingfenceError } from '../errors/index.js';
import type { BodyHook } from './fastify-shape.js';
import { findForeignRow } from './find-foreign-row.js';
import { type RequestState, recordOf } from './request-state.js';

/**
 * Refuses a response body that holds a row of another tenant than the request's. The tenant is taken
 * from the request's record: the running context may be that of an entity's maker.
 *
 * @throws RingfenceError `EGRESS_VIOLATION`
 */
export function checkEgress<T>(body: T, record: RequestState): T {
  const count = { rows: 0 };
  const rowTenantId = findForeignRow(body, record.frame.tenant?.tenantId, count);
  if (rowTenantId !== undefined) {
    record.evidence = { rowTenantId };
    throw new RingfenceError('EGRESS_VIOLATION');
  }
  record.rows = count.rows;
  record.checkedBody = body;
  return body;
}

/**
 * The Fastify hook `preSerialization`, at station `response`: checks bodies that came past the
 * interceptor, sent by `reply.send` or put in place of the handler's by an interceptor further out.
 */
export const checkEgressAtResponse: BodyHook = (request, _reply, body, done) => {
  const record = recordOf(request);
  if (record.egressExempt || record.checkedBody === body) return done(null, body);
  try {
    done(null, checkEgress(body, record));
  } catch (error) {
    done(error as Error);
  }
};
