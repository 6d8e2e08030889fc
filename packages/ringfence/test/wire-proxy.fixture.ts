import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of PostgreSQL that counts round trips and can cut the wire. */
export interface WireProxy {
  readonly url: string;
  /** Times that the client wrote after it had heard from the server. */
  readonly roundTrips: number;
  /** Cuts every connection once this many bytes have gone past in a direction, counted from now. */
  cutAfter(direction: 'request' | 'answer', bytes: number): void;
  /** Cuts one connection, chosen at random; `false` when there is none. */
  cutOne(): boolean;
  /** Bytes that have gone past in a direction since it was started or told to cut. */
  passed(direction: 'request' | 'answer'): number;
  close(): Promise<void>;
}

/** @param at the port to listen on: the one of a proxy that was closed, for instance. */
export async function startWireProxy(target: string, at = 0): Promise<WireProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const passed = { request: 0, answer: 0 };
  const limit = { request: Number.POSITIVE_INFINITY, answer: Number.POSITIVE_INFINITY };
  let roundTrips = 0;
  const cutAll = (): void => {
    limit.request = Number.POSITIVE_INFINITY;
    limit.answer = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let heard = true;
    const pass = (from: Socket, to: Socket, direction: 'request' | 'answer'): void => {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (data) => {
        if (direction === 'request' && heard) roundTrips += 1;
        heard = direction === 'answer';
        const rest = limit[direction] - passed[direction];
        passed[direction] += data.length;
        if (data.length < rest) to.write(data);
        else to.write(data.subarray(0, rest), cutAll);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    };
    pass(client, upstream, 'request');
    pass(upstream, client, 'answer');
  });
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get roundTrips() {
      return roundTrips;
    },
    passed: (direction) => passed[direction],
    cutAfter: (direction, bytes) => {
      passed.request = 0;
      passed.answer = 0;
      limit[direction] = bytes;
    },
    cutOne: () => {
      const socket = [...sockets][Math.floor(Math.random() * sockets.size)];
      socket?.destroy();
      return socket !== undefined;
    },
    close: async () => {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
