/** A database server that a change has to reach. */
export interface TargetServer {
  /** Shown in reports; never its address, which holds a password. */
  readonly name: string;
  readonly url: string;
  /** Goes before all others. Where none says so, the first one does. */
  readonly canary?: boolean;
}

/** What became of one server. */
export interface ServerOutcome {
  readonly server: string;
  readonly state: 'done' | 'failed' | 'not begun';
  readonly error?: unknown;
}

/**
 * Does something to one database server after the other, the canaries first. A canary that fails stops
 * everything after it: no other server is touched. Of the rest, one that fails does not hold up the
 * others; it is run again later, and finds done what is done.
 *
 * @param one must be safe to run again on a server that has it already.
 * @returns every server's outcome, in the order in which they were gone through.
 * @example
 * const outcomes = await canaryFirst(servers, (server) => expandOn(server.url));
 * if (outcomes.some(({ state }) => state !== 'done')) process.exitCode = 1;
 */
export async function canaryFirst(
  servers: readonly TargetServer[],
  one: (server: TargetServer) => Promise<void>,
): Promise<ServerOutcome[]> {
  const named = servers.filter(({ canary }) => canary);
  const canaries = named.length > 0 ? named : servers.slice(0, 1);
  const rest = servers.filter((server) => !canaries.includes(server));
  const outcomes: ServerOutcome[] = [];
  let stopped = false;
  for (const server of [...canaries, ...rest]) {
    if (stopped) {
      outcomes.push({ server: server.name, state: 'not begun' });
      continue;
    }
    try {
      await one(server);
      outcomes.push({ server: server.name, state: 'done' });
    } catch (error) {
      outcomes.push({ server: server.name, state: 'failed', error });
      stopped = canaries.includes(server);
    }
  }
  return outcomes;
}
