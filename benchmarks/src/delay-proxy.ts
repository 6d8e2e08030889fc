import { type ChildProcess, fork } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy in front of PostgreSQL that adds a delay to each round trip. */
export interface DelayProxy {
  readonly url: string;
  stop(): void;
}

/** Starts the proxy in a process of its own, so that its CPU is nobody's who is measured. */
export async function startDelayProxy(target: string, milliseconds: number): Promise<DelayProxy> {
  const child: ChildProcess = fork(import.meta.filename, [target, String(milliseconds)]);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(message as number));
    child.once('exit', () => reject(new Error('The delay proxy has ended.')));
  });
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return { url: url.href, stop: () => void child.kill() };
}

/** All of the delay on the way to the server: what counts is the sum of both ways. */
function serve(target: string, milliseconds: number): void {
  const { hostname, port } = new URL(target);
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
    const pass = (from: Socket, to: Socket, delay: number): void => {
      from.on('data', (data) => {
        if (delay > 0) setTimeout(() => to.write(data), delay);
        else to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => setTimeout(() => to.destroy(), delay));
    };
    pass(client, upstream, milliseconds);
    pass(upstream, client, 0);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit());
}

const [, program, target, milliseconds] = process.argv;
if (program === import.meta.filename && target) serve(target, Number(milliseconds));
