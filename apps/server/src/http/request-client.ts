import type { BlockList } from 'node:net';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from './client-address.js';

/** Who sends a request, as far as anybody can tell without a token. */
export interface RequestClient {
  /** The address of {@link clientAddress}; `undefined` when the connection has gone already. */
  readonly address: string | undefined;
  /** What the client calls itself, cut to a bearable length. It may be a lie. */
  readonly userAgent: string | undefined;
}

const LONGEST_AGENT = 250;
const CLIENT = Symbol('client');

/** Notes of each request who sent it, for {@link Client}. Call it before any route is added. */
export function noteClients(fastify: FastifyInstance, proxies: BlockList): void {
  fastify.decorateRequest(CLIENT, null);
  fastify.addHook('onRequest', async (request) => {
    const forwarded = request.headers['x-forwarded-for'];
    const client: RequestClient = {
      address: clientAddress(
        request.raw.socket.remoteAddress,
        Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
        proxies,
      ),
      userAgent: request.headers['user-agent']?.slice(0, LONGEST_AGENT),
    };
    request.setDecorator(CLIENT, client);
  });
}

/**
 * Gives a handler the {@link RequestClient}.
 *
 * @example
 * login(@Client() client: RequestClient) { … }
 */
export const Client: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): RequestClient =>
    context.switchToHttp().getRequest<FastifyRequest>().getDecorator(CLIENT),
);
