import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { allowedFields, describeError, placesOf } from '../telemetry/index.js';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Nest's own log lines as structured ones, by the allow-list of `LogFields`: which class wrote it, and
 * of errors their kind and place. Texts go nowhere: those of the framework quote what others said, and
 * whoever logs through Nest's `Logger` may quote anything. An object is read as fields.
 *
 * @example
 * const app = await NestFactory.create(AppModule, adapter, { logger: new PinoLogger(logger) });
 */
export class PinoLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  log(message: unknown, ...more: unknown[]): void {
    this.#write('info', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.#write('error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.#write('warn', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.#write('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.#write('trace', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#write('fatal', message, more);
  }

  #write(level: Level, message: unknown, more: readonly unknown[]): void {
    const stack = more.find((part) => typeof part === 'string' && part.includes('\n    at '));
    // Nest passes the name of the logging class last.
    const context = more.at(-1) === stack ? undefined : more.at(-1);
    const places = stack === undefined ? [] : placesOf({ stack });
    const error = places.length > 0 ? { type: 'Error', stack: places } : undefined;
    const fields = typeof message === 'object' && message !== null ? message : {};
    const own = message instanceof Error ? { error: describeError(message) } : fields;
    this.#logger[level](allowedFields({ error, ...own, context }), 'framework');
  }
}
