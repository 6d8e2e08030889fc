import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Inject,
  Injectable,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { RingfenceError } from '../errors/index.js';
import type { HttpReply, HttpRequest } from './fastify-shape.js';
import { PROBLEM_TYPE, problemDocument } from './problem-document.js';
import { RecordRequest } from './record-request.js';
import { recordOf } from './request-state.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';
import { toRingfenceError } from './to-ringfence-error.js';

/** Station `problem filter`: whatever was thrown becomes a problem document of the catalogue. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(RecordRequest) private readonly recorder: RecordRequest,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw exception;
    // Both are raw when Nest middleware threw.
    const [request, reply] =
      host.getArgs<[HttpRequest | IncomingMessage, HttpReply | ServerResponse]>();
    const raw = 'raw' in reply ? reply.raw : reply;
    const record = recordOf(request);
    const error = toRingfenceError(exception, this.options.mapError);
    record.error ??= error;
    // When the router refused the address, no hook has run and none will.
    this.recorder.watch(request, raw);
    if (this.host.httpAdapter.isHeadersSent(reply)) {
      // Half an answer must not look like a whole one.
      if (!raw.writableEnded) raw.destroy();
      return;
    }
    const headers = {
      'content-type': PROBLEM_TYPE,
      'x-request-id': record.id,
      ...challenge(error),
      ...(error.retryAfterSeconds !== undefined && {
        'retry-after': String(error.retryAfterSeconds),
      }),
    };
    for (const [name, value] of Object.entries(headers)) {
      this.host.httpAdapter.setHeader(reply, name, value);
    }
    const body = JSON.stringify(problemDocument(error, record.id));
    this.host.httpAdapter.reply(reply, body, error.status);
  }
}

/** @see RFC 6750, section 3 */
function challenge(error: RingfenceError): Record<string, string> {
  if (error.status !== 401) return {};
  const reason = error.code.startsWith('TOKEN_') ? ', error="invalid_token"' : '';
  return { 'www-authenticate': `Bearer realm="ringfence"${reason}` };
}
