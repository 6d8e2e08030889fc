import type { IncomingMessage } from 'node:http';
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
const PROXIES = Symbol('trusted proxies');

/** The address that a request comes from, by {@link clientAddress}. */
export function addressOf(
  { socket, headers }: IncomingMessage,
  proxies: BlockList,
): string | undefined {
  const forwarded = headers['x-forwarded-for'];
  const text = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
  return clientAddress(socket.remoteAddress, text, proxies);
}

/** Tells {@link Client} which proxies to believe. */
export function trustProxies(fastify: FastifyInstance, proxies: BlockList): void {
  fastify.decorate(PROXIES, proxies);
}

/**
 * Gives a handler the {@link RequestClient}.
 *
 * @example
 * login(@Client() client: RequestClient) { … }
 */
export const Client: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): RequestClient => {
    const { raw, headers, server } = context.switchToHttp().getRequest<FastifyRequest>();
    return {
      address: addressOf(raw, server.getDecorator<BlockList>(PROXIES)),
      userAgent: headers['user-agent']?.slice(0, LONGEST_AGENT),
    };
  },
);
