import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ServerNode } from './server-node.fixture.js';

const POLL_MS = 100;

/**
 * The smallest load balancer: gives each new connection to a node that says it is ready, and knows
 * nothing of requests. It asks ten times a second and repeats nothing.
 */
export class Balancer {
  readonly #ready = new Set<ServerNode>();
  readonly #server: Server;
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  private constructor(private readonly nodes: readonly ServerNode[]) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#forward(client));
    this.#timer = setInterval(() => void this.#look(), POLL_MS);
  }

  static async start(nodes: readonly ServerNode[]): Promise<Balancer> {
    const balancer = new Balancer(nodes);
    await balancer.#look();
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#server.close();
  }

  async #look(): Promise<void> {
    await Promise.all(
      this.nodes.map(async (node) => {
        const headers = { connection: 'close' };
        const answer = await fetch(`${node.url}/readyz`, { headers }).catch(() => undefined);
        if (answer?.ok) this.#ready.add(node);
        else this.#ready.delete(node);
      }),
    );
  }

  #forward(client: Socket): void {
    const ready = [...this.#ready];
    this.#next += 1;
    const node = ready[this.#next % ready.length];
    if (!node) {
      client.destroy();
      return;
    }
    const server = connect({ port: node.port, host: '127.0.0.1', allowHalfOpen: true });
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  }
}
