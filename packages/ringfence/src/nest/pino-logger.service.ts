import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { describeError, placesOf } from '../telemetry/index.js';

/**
 * Nest's own log lines as structured ones. Errors go in by kind and place only, and so do the texts
 * that Nest logs beside a stack: those are messages of somebody's error.
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

  #write(
    level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal',
    message: unknown,
    more: readonly unknown[],
  ): void {
    // Nest passes the name of the logging class last.
    const context = typeof more.at(-1) === 'string' ? more.at(-1) : undefined;
    const stack = more.find((part) => typeof part === 'string' && part.includes('\n    at '));
    const where = stack === context ? {} : { context };
    if (stack !== undefined) {
      this.#logger[level]({ ...where, stack: placesOf({ stack }) }, 'error');
    } else if (typeof message === 'string') {
      this.#logger[level](where, message);
    } else {
      this.#logger[level]({ ...where, error: describeError(message) }, 'error');
    }
  }
}
