import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './running-start.fixture.js';

const MAIN = path.join(ROOT, 'apps', 'server', 'dist', 'main.js');
const require = createRequire(import.meta.url);

/** Compiles what runs as a process of its own; `npm test` alone compiles nothing. */
export async function buildServer(): Promise<void> {
  const tools = require(path.join(ROOT, 'tools', 'prepare.cjs')) as {
    prepare(options: { build: boolean }): Promise<void>;
  };
  await tools.prepare({ build: true });
}

/** One server process, as it is deployed: no parent that knows about it but for its signals. */
export class ServerNode {
  readonly ended: Promise<number | string>;
  #log = '';
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    readonly port: number,
  ) {
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
  }

  static async start(env: Readonly<Record<string, string>>): Promise<ServerNode> {
    const { PATH = '', HOME = '', RINGFENCE_CONTEXT_KEYS = '' } = process.env;
    const child = fork(MAIN, {
      env: { PATH, HOME, RINGFENCE_CONTEXT_KEYS, PORT: '0', ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { port: number }).port));
      child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
    });
    return new ServerNode(child, port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything logged so far. */
  get log(): string {
    return this.#log;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}
