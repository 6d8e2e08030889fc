import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { OpenConnections } from './open-connections.js';
import type { ServerState } from './server-state.js';

/** How long each part of stopping may take. */
export interface StopTimes {
  /** Readiness is off and everything is served: load balancers turn away meanwhile. */
  readonly drainMs: number;
  /** Nobody new is let in; connections that stand still may yet send a request. */
  readonly lingerMs: number;
  /** What is under way may finish, counted from the end of the drain window. */
  readonly deadlineMs: number;
}

/** What is stopped. */
export interface Stoppable {
  readonly server: Server;
  readonly state: ServerState;
  readonly connections: OpenConnections;
}

/** With a second signal nobody waits any more, but what is under way may still be written. */
const HURRY_MS = 1000;

/**
 * Stops serving without losing a request that has reached us:
 *
 * 1. `GET /readyz` answers 503 at once; every answer closes its connection; everything is served.
 * 2. After the drain window nobody new is let in. `http.Server.close()` would close the connections that
 *    stand still in the same moment, just when a request may be on its way on one of them: so only the
 *    listening socket is closed, and they get a little longer.
 * 3. Then those are closed, and what is under way may finish until the deadline.
 *
 * @param hurry aborted by a second signal
 * @returns whether nothing had to be cut off
 * @example
 * await stopGracefully({ server, state, connections }, times, hurry.signal);
 */
export async function stopGracefully(
  { server, state, connections }: Stoppable,
  { drainMs, lingerMs, deadlineMs }: StopTimes,
  hurry: AbortSignal,
): Promise<boolean> {
  state.beginDraining();
  await within(drainMs, hurry);
  NetServer.prototype.close.call(server);
  const none = connections.none();
  await within(lingerMs, hurry, none);
  connections.closeWaiting();
  // One that finishes an answer from here on closes by itself; one that was never asked must not stay.
  const sweep = setInterval(() => connections.closeWaiting(), 50);
  await within(Math.max(0, deadlineMs - lingerMs), hurry, none);
  if (hurry.aborted) await within(HURRY_MS, undefined, none);
  clearInterval(sweep);
  const whole = connections.count === 0;
  connections.cutAll();
  // Each request that was cut off is recorded when its connection has closed, and not before.
  await within(HURRY_MS, undefined, connections.none());
  await setImmediate();
  return whole;
}

/** Waits, but no longer than until something else happens. */
function within(
  milliseconds: number,
  abort: AbortSignal | undefined,
  sooner?: Promise<void>,
): Promise<void> {
  if (milliseconds === 0 || abort?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      abort?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    abort?.addEventListener('abort', done, { once: true });
    void sooner?.then(done);
  });
}
