import { createServer } from 'node:net';
import { RingfenceError } from 'ringfence/errors';

const NEIGHBOURS = 50;

/** Where the server shall listen. */
export interface PortWish {
  readonly host: string;
  readonly port: number;
  /** That one or none. */
  readonly portGiven: boolean;
}

/**
 * The wanted port, or, when nobody asked for it, the next free one.
 *
 * @throws RingfenceError `START_FAILED` when the port that was asked for is busy.
 */
export async function choosePort({ host, port, portGiven }: PortWish): Promise<number> {
  // 0: the operating system chooses when the server listens.
  if (port === 0) return 0;
  const last = portGiven ? port : port + NEIGHBOURS;
  for (let each = port; each <= last; each += 1) {
    if (await isFree(host, each)) return each;
  }
  const which = portGiven ? `Port ${port} is` : `Ports ${port} to ${last} are`;
  throw new RingfenceError('START_FAILED', {
    detail: `${which} in use by another program: stop it, or choose another port with PORT=…`,
  });
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return resolve(false);
      const detail = `Port ${port} of ${host} cannot be used (${error.code ?? error.message}).`;
      return reject(new RingfenceError('START_FAILED', { detail, cause: error }));
    });
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
