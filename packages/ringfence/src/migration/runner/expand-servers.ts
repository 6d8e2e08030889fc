import { RingfenceError } from '../../errors/index.js';
import type { MigrationRunner } from './migration-runner.js';

/** One database server and what runs the migration there. */
export interface MigrationServer {
  readonly name: string;
  readonly runner: MigrationRunner;
}

/**
 * Changes the schema server by server: the canary, which is the first one, and the others only when it went
 * well there. Each server keeps its own ledger; run again, it passes over those that are done.
 *
 * @param onExpanded called after each server; throw to stop before the next one.
 * @throws RingfenceError `MIGRATION_FAILED`, naming the server; later ones are untouched.
 * @example
 * await expandServers([{ name: 'canary', runner: one }, { name: 'eu-1', runner: two }]);
 */
export async function expandServers(
  servers: readonly MigrationServer[],
  onExpanded: (server: string) => void | Promise<void> = () => undefined,
): Promise<void> {
  for (const { name, runner } of servers) {
    try {
      await runner.expand();
    } catch (cause) {
      throw new RingfenceError('MIGRATION_FAILED', {
        cause,
        detail: `On server ${name}: ${(cause as Error).message}`,
      });
    }
    await onExpanded(name);
  }
}
