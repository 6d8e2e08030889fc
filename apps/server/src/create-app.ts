import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, pino } from 'pino';
import { FASTIFY_OPTIONS, PinoLogger } from 'ringfence/nest';
import { appModule } from './app.module.js';
import type { ServerConfig } from './config.js';
import { acceptJsonOnly } from './http/accept-json-only.js';
import { CONNECTION_LIMITS, limitStrangers } from './http/limit-strangers.js';
import { noteClients } from './http/request-client.js';
import { addResponseHeaders } from './http/response-headers.js';
import { ApiDocument } from './openapi/api-document.js';

/** The longest document in JSON, every character escaped, and some room. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Builds the application: the same one for the process and for the tests. It neither listens nor
 * touches the database before `init()` or `listen()`.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID`, for example for an unreadable key file.
 * @example
 * const app = await createApp(readConfig(process.env));
 */
export async function createApp(
  config: ServerConfig,
  logger: Logger = pino({ level: config.LOG_LEVEL }),
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    ...FASTIFY_OPTIONS,
    ...CONNECTION_LIMITS,
    bodyLimit: BODY_LIMIT_BYTES,
    // X-Forwarded-* may be written by anybody; http/client-address.ts reads the one that counts.
    trustProxy: false,
    // An id that is too long is a wrong id, and its route says so.
    routerOptions: { maxParamLength: 2048 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    appModule(config, logger),
    adapter,
    // What goes wrong here is thrown, and main.ts says it in one sentence.
    { bodyParser: false, logger: false, abortOnError: false },
  );
  // Of Nest's own lines only the warnings: forty others tell that it has started.
  const quiet = logger.isLevelEnabled('warn') ? logger.child({}, { level: 'warn' }) : logger;
  app.useLogger(new PinoLogger(quiet));
  noteClients(adapter.getInstance(), config.TRUSTED_PROXIES);
  acceptJsonOnly(adapter.getInstance());
  limitStrangers(adapter.getInstance());
  addResponseHeaders(adapter.getInstance());
  app.get(ApiDocument).write(app);
  return app;
}
