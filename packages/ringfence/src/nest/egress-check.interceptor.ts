import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { checkEgress } from './check-egress.js';
import { NAMES_OTHER_TENANTS } from './names-other-tenants.decorator.js';
import { httpOf } from './request-state.js';

/**
 * Station `egress check`: what the handler returned is looked through before it is serialised, and
 * refused when it holds a row of another tenant.
 *
 * @throws RingfenceError `EGRESS_VIOLATION`
 */
@Injectable()
export class EgressCheckInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { record } = httpOf(context);
    if (Reflect.getMetadata(NAMES_OTHER_TENANTS, context.getHandler()) !== undefined) {
      record.egressExempt = true;
      return next.handle();
    }
    return next.handle().pipe(map((body: unknown) => checkEgress(body, record)));
  }
}
