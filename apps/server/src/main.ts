import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isRingfenceError } from 'ringfence/errors';
import { TenantPool } from 'ringfence/postgres';
import { SIGNING_KEYS, type SigningKeys } from './auth/index.js';
import { readConfig, type ServerConfig } from './config.js';
import { createApp } from './create-app.js';
import { startRefusals } from './start-refusals.js';

/** A request that takes longer than this to finish is cut off when the server stops. */
const LONGEST_STOP_MS = 10_000;

class StartRefused extends Error {}

async function start(): Promise<void> {
  const config = readConfig(process.env);
  let app: NestFastifyApplication | undefined;
  stopOnSignals(() => app);
  app = await createApp(config);
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
 * Ends after the requests that are under way, or at once while there is no application yet. A parent
 * that dies counts as a signal.
 */
function stopOnSignals(running: () => NestFastifyApplication | undefined): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref();
    Promise.resolve(running()?.close()).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, stop);
}

function sentenceOf(error: unknown): string {
  if (error instanceof StartRefused) return error.message;
  if (isRingfenceError(error)) return error.detail ?? error.message;
  return `The server could not start: ${error instanceof Error ? error.stack : String(error)}`;
}

start().catch((error: unknown) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(1);
});
