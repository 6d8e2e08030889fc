import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { isRingfenceError } from 'ringfence/errors';
import { TenantPool } from 'ringfence/postgres';
import { describeError, eventLogger } from 'ringfence/telemetry';
import { SIGNING_KEYS, type SigningKeys } from './auth/index.js';
import { readConfig, type ServerConfig } from './config.js';
import { createApp } from './create-app.js';
import { OpenConnections, ServerState, type StopTimes, stopGracefully } from './edge/index.js';
import { startRefusals } from './start-refusals.js';
import { hearProcessFaults } from './telemetry/index.js';

/** For how long a connection that stands still may yet send a request, once nobody new is let in. */
const LINGER_MS = { demo: 250, production: 1000 };
/** For what comes after the last request: the pool of connections, and whatever hangs. */
const LONGEST_END_MS = 5_000;

class StartRefused extends Error {}

async function start(): Promise<void> {
  const config = readConfig(process.env);
  let app: NestFastifyApplication | undefined;
  const logger = pino({ level: config.LOG_LEVEL });
  hearProcessFaults(eventLogger(logger), () => process.exit(1));
  stopOnSignals(config, () => app);
  app = await createApp(config, logger);
  const keys = app.get<SigningKeys>(SIGNING_KEYS, { strict: false });
  const refusals = await startRefusals(config, keys, app.get(TenantPool, { strict: false }));
  if (refusals.length > 0) throw new StartRefused(refusals.join('\n'));
  await listen(app, config);
  const address = app.getHttpServer().address();
  const port = typeof address === 'object' && address ? address.port : config.PORT;
  process.send?.({ type: 'ready', port });
}

async function listen(app: NestFastifyApplication, { PORT, HOST }: ServerConfig): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE') {
      throw new StartRefused(`Port ${PORT} is in use: stop what runs there, or set PORT.`);
    }
    throw code ? new StartRefused(`Port ${PORT} on ${HOST} cannot be opened (${code}).`) : error;
  }
}

/**
 * Stops gracefully (docs/edge.md), or ends at once while there is no application yet. A parent that dies
 * counts as a signal. Ctrl-C does not wait for load balancers; a second signal waits for nothing.
 */
function stopOnSignals(
  config: ServerConfig,
  running: () => NestFastifyApplication | undefined,
): void {
  const hurry = new AbortController();
  let stopping = false;
  const stop = (signal?: NodeJS.Signals): void => {
    if (stopping) {
      hurry.abort();
      return;
    }
    stopping = true;
    const app = running();
    if (!app) process.exit(0);
    end(app, timesFor(config, signal), hurry.signal).then(
      (whole) => process.exit(whole ? 0 : 1),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', () => stop());
}

async function end(
  app: NestFastifyApplication,
  times: StopTimes,
  hurry: AbortSignal,
): Promise<boolean> {
  const [state, connections] = [app.get(ServerState), app.get(OpenConnections, { strict: false })];
  const server = app.getHttpServer();
  const whole = await stopGracefully({ server, state, connections }, times, hurry);
  setTimeout(() => process.exit(1), LONGEST_END_MS).unref();
  await app.close();
  return whole;
}

function timesFor(config: ServerConfig, signal: NodeJS.Signals | undefined): StopTimes {
  const drainMs = signal === 'SIGINT' ? 0 : config.SHUTDOWN_DRAIN_SECONDS * 1000;
  const deadlineMs = config.SHUTDOWN_DEADLINE_SECONDS * 1000;
  return { drainMs, lingerMs: LINGER_MS[config.RINGFENCE_MODE], deadlineMs };
}

function sentenceOf(error: unknown): string {
  if (error instanceof StartRefused) return error.message;
  if (isRingfenceError(error)) return error.detail ?? error.message;
  // Whatever else it is, what it says may hold a password or a row: kind and place only.
  return `The server could not start: ${JSON.stringify(describeError(error))}`;
}

start().catch((error: unknown) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(1);
});
