import { describeError, type EventLogger } from 'ringfence/telemetry';

/**
 * Writes what goes wrong outside of any request as log lines by kind and place, in the place of Node's own
 * output, which prints messages: of a rejection that nobody handles they hold what the database said.
 *
 * An exception that nobody caught ends the process, as it does without this: what state it left is unknown.
 *
 * @param end ends the process
 * @returns takes the listeners away again.
 */
export function hearProcessFaults(
  logger: EventLogger,
  end: () => void,
  on: NodeJS.Process = process,
): () => void {
  const fatal = (event: string) => (error: unknown) => {
    logger.error({ event, error: describeError(error) }, 'The process ends by an error.');
    end();
  };
  const exception = fatal('uncaught_exception');
  const rejection = fatal('unhandled_rejection');
  const warning = (warned: unknown): void => {
    logger.warn({ event: 'process_warning', error: describeError(warned) }, 'Node warns.');
  };
  // Node's own listener prints the text.
  const printing = on.listeners('warning');
  on.removeAllListeners('warning');
  on.on('uncaughtException', exception);
  on.on('unhandledRejection', rejection);
  on.on('warning', warning);
  return () => {
    on.off('uncaughtException', exception);
    on.off('unhandledRejection', rejection);
    on.off('warning', warning);
    for (const listener of printing) on.on('warning', listener as () => void);
  };
}
