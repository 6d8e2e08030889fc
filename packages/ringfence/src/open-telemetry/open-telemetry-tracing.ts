import type { IncomingMessage } from 'node:http';
import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { isRingfenceError } from '../errors/index.js';
import type {
  RequestRecord,
  RequestSpan,
  RequestTracing,
  StatementObserver,
  StatementRecord,
  WorkTracing,
} from '../telemetry/index.js';
import { readTraceparent } from './read-traceparent.js';

/** Options of {@link OpenTelemetryTracing}. */
export interface TracingOptions {
  /** Default: the tracer of the registered provider. */
  readonly tracer?: Tracer;
  /**
   * What the client's `traceparent` is good for. `link` (default): our trace begins with the request, is
   * sampled by our rules, and names the client's as a link. `parent`: our trace goes on the client's,
   * which decides on sampling too; only where a gateway of ours writes the header on every request.
   * `ignore`: nothing. `tracestate` and `baggage` are never read.
   */
  readonly traceparent?: 'link' | 'parent' | 'ignore';
}

/**
 * Requests, their stations, statements of tenants and work in the background as spans of OpenTelemetry.
 * Attributes are ids, patterns, codes and numbers of the records; no event with a message of an error, no
 * statement, no address is in a span.
 *
 * @example
 * const tracing = new OpenTelemetryTracing();
 * TenancyModule.forRoot({ …, tracing });
 * new TenantPool({ …, statements: { observers: [tracing], tables: ['documents'] } });
 */
export class OpenTelemetryTracing implements RequestTracing, WorkTracing, StatementObserver {
  readonly #tracer: Tracer;
  readonly #traceparent: 'link' | 'parent' | 'ignore';

  constructor({ tracer, traceparent = 'link' }: TracingOptions = {}) {
    this.#tracer = tracer ?? trace.getTracer('ringfence');
    this.#traceparent = traceparent;
  }

  begin(request: IncomingMessage): RequestSpan {
    const theirs =
      this.#traceparent === 'ignore' ? undefined : readTraceparent(request.headers.traceparent);
    const goOn = theirs && this.#traceparent === 'parent';
    const parent = goOn ? trace.setSpanContext(ROOT_CONTEXT, theirs) : ROOT_CONTEXT;
    const links = theirs && !goOn ? [{ context: { ...theirs, traceFlags: TraceFlags.NONE } }] : [];
    const span = this.#tracer.startSpan('request', { kind: SpanKind.SERVER, links }, parent);
    return new OpenRequestSpan(this.#tracer, span, trace.setSpan(parent, span));
  }

  observeStatement(record: StatementRecord): void {
    const { operation, table, startedAt, durationMs, code } = record;
    const span = this.#tracer.startSpan(
      table === undefined ? operation : `${operation} ${table}`,
      {
        kind: SpanKind.CLIENT,
        startTime: startedAt,
        attributes: defined({
          'db.system.name': 'postgresql',
          'db.operation.name': operation,
          'db.collection.name': table,
          'db.response.returned_rows': record.rows,
          'ringfence.tenant.id': record.tenantId,
          'error.type': code,
        }),
      },
      context.active(),
    );
    if (code) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(startedAt + durationMs);
  }

  /** The trace that the running work is recorded in, for log lines. */
  traceId(): string | undefined {
    return recordedTrace(trace.getActiveSpan());
  }

  follow(name: string): <T>(work: () => Promise<T>) => Promise<T> {
    const cause = trace.getSpanContext(context.active());
    const parent = cause ? trace.setSpanContext(ROOT_CONTEXT, cause) : ROOT_CONTEXT;
    return (work) => inSpan(this.#tracer, name, parent, work);
  }
}

class OpenRequestSpan implements RequestSpan {
  readonly traceId?: string;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;

  constructor(tracer: Tracer, span: Span, inside: Context) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = inside;
    const traceId = recordedTrace(span);
    if (traceId !== undefined) this.traceId = traceId;
  }

  run<T>(fn: () => T): T {
    return context.with(this.#context, fn);
  }

  station<T>(name: string, fn: () => T): T {
    return inSpan(this.#tracer, name, this.#context, fn);
  }

  end(record: RequestRecord): void {
    const { method, route, status, code } = record;
    const span = this.#span;
    if (route !== null) span.updateName(`${method} ${route}`);
    span.setAttributes(
      defined({
        'http.request.method': method,
        'http.route': route ?? undefined,
        'http.response.status_code': status ?? undefined,
        'error.type': code,
        'ringfence.request.id': record.requestId,
        'ringfence.tenant.id': record.tenantId,
        'ringfence.actor.kind': record.actor?.kind,
        'ringfence.security_event': record.event,
        'ringfence.response.rows': record.rows,
        'ringfence.response.broken_off': record.brokenOff || undefined,
      }),
    );
    if ((status ?? 500) >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

/** Runs work in a span that ends with it, be it a value, a promise or an error. */
function inSpan<T>(tracer: Tracer, name: string, parent: Context, fn: () => T): T {
  const span = tracer.startSpan(name, {}, parent);
  const failed = (error: unknown): never => {
    // Of the error its code: what it says may be anything.
    if (isRingfenceError(error)) span.setAttribute('error.type', error.code);
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    throw error;
  };
  let outcome: T;
  try {
    outcome = context.with(trace.setSpan(parent, span), fn);
  } catch (error) {
    return failed(error);
  }
  if (!(outcome instanceof Promise)) {
    span.end();
    return outcome;
  }
  return outcome.then((value) => {
    span.end();
    return value;
  }, failed) as T;
}

function recordedTrace(span: Span | undefined): string | undefined {
  return span?.isRecording() ? span.spanContext().traceId : undefined;
}

function defined(given: Record<string, string | number | boolean | undefined>): Attributes {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
