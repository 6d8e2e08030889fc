import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const ROOT = path.resolve(import.meta.dirname, '..');
const START = path.join(ROOT, 'tools', 'start.cjs');
/** Far beyond what anything takes; whoever waits this long is told what was printed. */
const PATIENCE_MS = 120_000;
const READY = /Ringfence is ready: http:\/\/localhost:(\d+)/;

/** A data folder of its own, at a place that is awkward on purpose. */
export function newDataFolder(): { readonly folder: string; readonly remove: () => void } {
  const home = mkdtempSync(path.join(tmpdir(), 'ringfence-e2e-'));
  chmodSync(home, 0o755);
  return {
    folder: path.join(home, 'Zoës dåta folder'),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

const started: RunningProgram[] = [];

/** One program under test: what it prints, how it ends. */
export class RunningProgram {
  readonly ended: Promise<number | string>;
  #output = '';
  readonly #child: ChildProcess;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    // Nothing of the test runner's environment: it runs with NODE_ENV=test and conditions of its own.
    const { PATH = '', HOME = '' } = process.env;
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, {
      cwd: ROOT,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(this);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
  }

  get output(): string {
    return this.#output;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** As when the terminal is closed: whatever is printed from now on goes nowhere. */
  closeTerminal(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** Waits for a line; fails when the program ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    let end: number | string | undefined;
    void this.ended.then((how) => {
      end = how;
    });
    for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (end !== undefined) break;
      await sleep(50);
    }
    throw new Error(`${pattern} was not printed (ended: ${end}):\n${this.#output}`);
  }
}

/** Ends what a failed test has left running. */
export async function stopAll(): Promise<void> {
  for (const program of started) program.signal('SIGTERM');
  await Promise.all(started.map(({ ended }) => ended));
}

/** `npm start` without npm, as tools/start.cjs. */
export function start(env: Readonly<Record<string, string>>): RunningProgram {
  return new RunningProgram([process.execPath, START], env);
}

/** Waits until a start is ready and returns the server's address. */
export async function ready(program: RunningProgram): Promise<string> {
  const match = await program.says(READY);
  // The banner is printed in one piece; the line after it means that all of it is there.
  await program.says(/Ctrl-C stops everything/);
  return `http://127.0.0.1:${match[1]}`;
}

/** The processes that name a folder in their command line or environment. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ');
      const found = `${command}\0${read(`/proc/${name}/environ`)}`.includes(folder);
      return found ? [{ pid: Number(name), command }] : [];
    });
}

/** Waits until no process of a folder is left. */
export async function noProcessOf(folder: string, but = /^$/): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    if (processesOf(folder).every(({ command }) => but.test(command))) return;
    await sleep(50);
  }
  throw new Error(`Still there: ${JSON.stringify(processesOf(folder))}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
