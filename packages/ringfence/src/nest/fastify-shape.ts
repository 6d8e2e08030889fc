import type { IncomingMessage, ServerResponse } from 'node:http';

/** What this room needs of a Fastify request: a shape, not the package. */
export interface HttpRequest {
  readonly raw: IncomingMessage;
  /** Only Nest middleware of the adapter sees a raw request, which has none. */
  readonly routeOptions?: { readonly url?: string | undefined };
}

/** What this room needs of a Fastify reply. */
export interface HttpReply {
  readonly raw: ServerResponse;
  header(name: string, value: string | number): unknown;
}

/** A Fastify hook in its callback form: the form that can run the rest of the request in a context. */
export type HttpHook = (
  request: HttpRequest,
  reply: HttpReply,
  done: (error?: Error) => void,
) => void;

/** The same for `preSerialization`, which sees the body. */
export type BodyHook = (
  request: HttpRequest,
  reply: HttpReply,
  body: unknown,
  done: (error: Error | null, body?: unknown) => void,
) => void;

/** What this room needs of a Fastify instance. */
export interface HttpServer {
  addHook(name: 'onRequest' | 'preHandler', hook: HttpHook): unknown;
  addHook(name: 'preSerialization', hook: BodyHook): unknown;
}
