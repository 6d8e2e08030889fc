import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Whether this process wants more requests. It has one way to go: from serving to draining. */
@Injectable()
export class ServerState {
  #draining = false;

  get draining(): boolean {
    return this.#draining;
  }

  /** From now on `GET /readyz` answers 503, and every answer closes its connection. */
  beginDraining(): void {
    this.#draining = true;
  }
}

/**
 * While the server drains, every answer says `Connection: close`: the one way to take a connection out of
 * use without a request being under way on it (RFC 9112, 9.6).
 */
export function closeWhenDraining(fastify: FastifyInstance, state: ServerState): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (state.draining) reply.header('connection', 'close');
    done(null, payload);
  });
}
