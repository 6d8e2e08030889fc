import type { IncomingMessage } from 'node:http';
import type { RequestRecord } from './request-record.js';

/** The span of one request, from its first hook to the end of its answer. */
export interface RequestSpan {
  /** 32 hex digits; absent where the request is not recorded. */
  readonly traceId?: string;
  /** Runs `fn` so that spans begun inside are below this one. */
  run<T>(fn: () => T): T;
  /** Runs one station of the request's path in a span of its own. */
  station<T>(name: string, fn: () => T): T;
  end(record: RequestRecord): void;
}

/** Records requests as spans; the adapter for OpenTelemetry is `ringfence/open-telemetry`. */
export interface RequestTracing {
  /** Begins the span of a request. Of what the client sent, at most its `traceparent` is looked at. */
  begin(request: IncomingMessage): RequestSpan;
}

/** Records work that goes on behind an answer, or without one. */
export interface WorkTracing {
  /**
   * Remembers what is running now, and returns a function that runs the work later, in a span that
   * belongs to it. Only the trace goes along: neither the tenant nor anything else of the request.
   *
   * @param name of the kind of work: a word of the code
   */
  follow(name: string): <T>(work: () => Promise<T>) => Promise<T>;
}
