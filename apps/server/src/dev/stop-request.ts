import { readFileSync } from 'node:fs';

/** Somebody asked `npm start` to stop. */
export interface StopRequest {
  /** Aborted at the first request. */
  readonly signal: AbortSignal;
  /** Resolves at the first request. */
  readonly asked: Promise<void>;
  /** Resolves when somebody asks again: do not wait for anything that can be waited for. */
  readonly hurry: Promise<void>;
}

/** npm passes a Ctrl-C on that the terminal has sent us as well: two signals, one wish. */
const SAME_WISH_MS = 700;
const PARENT_POLL_MS = 200;

/**
 * Listens for Ctrl-C, for the polite signals, and for the end of the npm that started us: it may be
 * killed without a chance to pass anything on, and nobody would be left to stop us.
 */
export function listenForStop(): StopRequest {
  const abort = new AbortController();
  let hurryUp: () => void = () => undefined;
  const hurry = new Promise<void>((resolve) => {
    hurryUp = resolve;
  });
  let first = 0;
  const request = (): void => {
    if (!abort.signal.aborted) {
      first = Date.now();
      abort.abort();
    } else if (Date.now() - first > SAME_WISH_MS) {
      hurryUp();
    }
  };
  const asked = new Promise<void>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, request);
  if (process.env.npm_lifecycle_event === 'start') watchNpm(request);
  return { signal: abort.signal, asked, hurry };
}

function watchNpm(request: () => void): void {
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    request();
  }, PARENT_POLL_MS);
  timer.unref();
}

/** npm, or the shell that npm runs the script in and npm; never what is above npm, which may end. */
function ancestors(): string {
  const parent = process.ppid;
  const isShell = read(`/proc/${parent}/cmdline`).split('\0')[1] === '-c';
  const above = isShell ? /^PPid:\s*(\d+)$/m.exec(read(`/proc/${parent}/status`))?.[1] : undefined;
  return `${parent} ${above ?? ''}`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No /proc on macOS, whose shell becomes the script: there the parent is npm.
    return '';
  }
}
