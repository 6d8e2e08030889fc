import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, pino } from 'pino';
import { PinoLogger } from 'ringfence/nest';
import { eventLogger, logRequests } from 'ringfence/telemetry';
import { appModule } from './app.module.js';
import type { ServerConfig } from './config.js';
import { buildEdge, edgeOptions } from './edge/edge.js';
import { trustProxies } from './http/request-client.js';
import { TENANT_PATH } from './http/tenant-sources.js';
import { ApiDocument } from './openapi/api-document.js';
import { exportFailures, ServerTelemetry } from './telemetry/index.js';

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
  sink: Logger = pino({ level: config.LOG_LEVEL }),
): Promise<NestFastifyApplication> {
  const telemetry = await ServerTelemetry.start(config, exportFailures(eventLogger(sink)));
  const logger = eventLogger(sink, telemetry);
  const observers = [logRequests(logger), ...telemetry.observers];
  const adapter = new FastifyAdapter({
    ...edgeOptions(config, observers),
    rewriteUrl: ({ url = '/' }) => TENANT_PATH.strip(url),
    // X-Forwarded-* may be written by anybody; http/client-address.ts reads the one that counts.
    trustProxy: false,
    // An id that is too long is a wrong id, and its route says so.
    routerOptions: { maxParamLength: 2048 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    appModule(config, logger, telemetry),
    adapter,
    // What goes wrong here is thrown, and main.ts says it in one sentence.
    { bodyParser: false, logger: false, abortOnError: false },
  );
  // Of Nest's own lines only the warnings: forty others tell that it has started.
  const quiet = sink.isLevelEnabled('warn') ? sink.child({}, { level: 'warn' }) : sink;
  app.useLogger(new PinoLogger(quiet));
  trustProxies(adapter.getInstance(), config.TRUSTED_PROXIES);
  buildEdge(app, adapter, config, observers);
  app.get(ApiDocument).write(app);
  return app;
}
