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
  if (process.env.npm_lifecycle_event === 'start') watchParent(request);
  return { signal: abort.signal, asked, hurry };
}

function watchParent(request: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    request();
  }, PARENT_POLL_MS);
  timer.unref();
}
