import { existsSync } from 'node:fs';

/** How somebody may stop a command that runs for long. */
export interface StopOptions {
  /** A file whose being there stops it: a switch that works while the database does not. */
  readonly file?: string;
  /** Told once, with what stopped it. */
  readonly onStop?: (by: string) => void;
}

const LOOK_EVERY_MS = 250;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Stops a command between two batches when the process gets SIGTERM, SIGINT or SIGHUP, when its parent
 * dies, or when the stop file is there (already there: nothing begins). A second signal ends the process at
 * once, as a crash does, which a migration survives.
 *
 * @returns what is aborted then, and what takes the handlers away again.
 * @example
 * const stop = stopSignal({ file: '/run/app/stop-migrations' });
 * try { await runner.run({ signal: stop.signal }); } finally { stop.release(); }
 */
export function stopSignal(options: StopOptions = {}): { signal: AbortSignal; release(): void } {
  const { file, onStop } = options;
  const stop = new AbortController();
  const end = (by: string): void => {
    if (stop.signal.aborted) return;
    onStop?.(by);
    stop.abort();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(1);
    end(signal);
  };
  const onDisconnect = (): void => end('its parent');
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.once('disconnect', onDisconnect);
  const look = (): void => {
    if (file !== undefined && existsSync(file)) end(`the file ${file}`);
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  return {
    signal: stop.signal,
    release() {
      clearInterval(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.off('disconnect', onDisconnect);
    },
  };
}
