import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';

/**
 * The connections of a server: which of them wait for a request, and which have one. Somebody who opens
 * thousands and says nothing, or speaks very slowly, is let go to make room for whoever comes next; a
 * request that is whole is never dropped for that.
 *
 * There is no limit per address on purpose: behind a load balancer all come from one.
 */
@Injectable()
export class OpenConnections {
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Socket>();
  readonly #busy = new Map<Socket, IncomingMessage>();
  #most = Number.POSITIVE_INFINITY;
  #whenNone: (() => void)[] = [];

  /**
   * Begins to watch a server, before it listens.
   *
   * @param most how many connections there may be at once
   */
  watch(server: Server, most: number): void {
    this.#most = most;
    server.on('connection', (socket) => this.#add(socket));
    // Before the application hears of it: it may answer at once.
    server.prependListener('request', (request, response) => this.#begin(request, response));
  }

  get count(): number {
    return this.#waiting.size + this.#busy.size;
  }

  /** Closes those on which no request is under way. */
  closeWaiting(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  /** Cuts every connection off, also in the middle of an answer. */
  cutAll(): void {
    for (const socket of [...this.#waiting, ...this.#busy.keys()]) socket.destroy();
  }

  /** Resolves as soon as there is none. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenNone.push(resolve);
      this.#tell();
    });
  }

  #add(socket: Socket): void {
    if (this.count >= this.#most && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    this.#waiting.add(socket);
    socket.once('close', () => {
      this.#waiting.delete(socket);
      this.#busy.delete(socket);
      this.#tell();
    });
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#waiting.delete(socket);
    this.#busy.set(socket, request);
    response.once('close', () => {
      // A pipelined one may have begun meanwhile.
      if (this.#busy.get(socket) !== request) return;
      this.#busy.delete(socket);
      if (!socket.destroyed) this.#waiting.add(socket);
    });
  }

  #makeRoom(): boolean {
    const [idle] = this.#waiting;
    const slow = idle ?? [...this.#busy].find(([, { complete }]) => !complete)?.[0];
    slow?.destroy();
    if (slow) {
      // Its `close` comes later, and the room is needed now.
      this.#waiting.delete(slow);
      this.#busy.delete(slow);
    }
    return slow !== undefined;
  }

  #tell(): void {
    if (this.count > 0) return;
    const waiting = this.#whenNone;
    this.#whenNone = [];
    for (const resolve of waiting) resolve();
  }
}
