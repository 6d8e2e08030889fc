import { Agent, request } from 'node:http';

/** What came of a load. */
export interface LoadResult {
  /** HTTP status, or the error of the connection → how many. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** One request of a load. */
export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/**
 * Sends requests over as many keep-alive connections, each as soon as the one before it was answered.
 * Nothing is sent twice: a request that fails has failed.
 *
 * @param progress called before each request with its number
 */
export async function load(
  target: { readonly port: number; readonly token: string },
  count: number,
  connections: number,
  requestOf: (at: number) => LoadRequest,
  progress: (at: number) => void = () => undefined,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const outcomes: Record<string, number> = {};
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const at = next++;
      progress(at);
      const outcome = await send(agent, target, requestOf(at)).catch(
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
  return { outcomes };
}

function send(
  agent: Agent,
  { port, token }: { readonly port: number; readonly token: string },
  { method, path, body }: LoadRequest,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(text === ''
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const outgoing = request(
      { agent, port, host: '127.0.0.1', method, path, headers },
      (answer) => {
        answer.on('error', reject).on('end', () => resolve(String(answer.statusCode)));
        answer.resume();
      },
    );
    outgoing.on('error', reject).end(text);
  });
}
