import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { RingfenceError } from 'ringfence/errors';
import { choosePort, type PortWish } from './choose-port.js';

/** What the server process is given, beside its own settings from our environment. */
export interface ServerWish extends PortWish {
  readonly mode: 'demo' | 'production';
  readonly databaseUrl: string;
  readonly keysFile: string;
  readonly accountKeysFile: string;
  /** Where its log goes; without one, to the terminal, for whatever collects it there. */
  readonly logFile: string | undefined;
}

/** The running server process. */
export interface StartedServer {
  readonly port: number;
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;
  /** Asks it to finish its requests and end; kills it when `hurry` resolves or it takes too long. */
  stop(hurry: Promise<void>): Promise<void>;
}

/** The compiled server; this file is only ever run compiled. */
const PROGRAM = path.join(import.meta.dirname, '..', 'main.js');
/** Beyond what the server takes by itself: see docs/edge.md. */
const PATIENCE_MS = 10_000;
const LOG_LIMIT = 10_000_000;

/** Settings of the server that are handed on. Nothing else is: the privileged URLs stay out. */
const HANDED_ON = [
  ...['PATH', 'HOME', 'TZ', 'LANG', 'LC_ALL', 'NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'],
  ...['HOST', 'DATABASE_POOL_MAX', 'DATABASE_POOLER', 'DATABASE_DIRECT_URL', 'DNS_SERVERS'],
  ...['JWT_ISSUER', 'JWT_AUDIENCE'],
  ...[
    'RINGFENCE_CONTEXT_KEYS_FILE',
    'ACCESS_TOKEN_SECONDS',
    'REFRESH_TOKEN_DAYS',
    'SESSION_DAYS',
    'TRUSTED_PROXIES',
    'BREACHED_PASSWORDS_FILE',
    'BASE_DOMAINS',
    'CORS_ORIGINS',
    'RATE_LIMIT_PER_SECOND',
    'RATE_LIMITS_FILE',
    'RATE_LIMIT_STORE',
    'RATE_LIMIT_WHEN_STORE_FAILS',
    'REDIS_URL',
    'REQUEST_TIMEOUT_SECONDS',
    'HANDLER_TIMEOUT_SECONDS',
    'MAX_CONNECTIONS',
    'SHUTDOWN_DRAIN_SECONDS',
    'SHUTDOWN_DEADLINE_SECONDS',
    'LOG_LEVEL',
  ],
  ...['PUBLIC_URL', 'SMTP_URL', 'SMTP_TLS', 'SMTP_CA_FILE', 'MAIL_FROM'],
  ...['PASSWORD_RESET_MINUTES', 'EMAIL_VERIFICATION_HOURS', 'INVITATION_DAYS', 'REGISTRATION'],
] as const;

/**
 * Starts the server as a child process and waits until it answers. What it logs goes to a file; what
 * it complains about goes to the terminal.
 *
 * @throws RingfenceError `START_FAILED` when it ends instead, or when the port is busy.
 */
export async function startServer(wish: ServerWish, signal: AbortSignal): Promise<StartedServer> {
  for (;;) {
    const port = await choosePort(wish);
    const child = spawnServer(wish, port);
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, by) => resolve(by ? `signal ${by}` : `code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    const ready = await Promise.race([becomesReady(child), ended]);
    signal.removeEventListener('abort', kill);
    if (typeof ready === 'number') {
      return { port: ready, ended, stop: (hurry) => stop(child, ended, hurry) };
    }
    // Another program, or another clone's start, may have taken the free port in the meantime.
    if (!signal.aborted && port !== 0 && (await choosePort(wish)) !== port) continue;
    throw new RingfenceError('START_FAILED', { detail: `The server ended with ${ready}.` });
  }
}

function spawnServer(wish: ServerWish, port: number): ChildProcess {
  const log = wish.logFile === undefined ? undefined : openLog(wish.logFile);
  const handedOn = HANDED_ON.map((name) => [name, process.env[name]]);
  try {
    return fork(PROGRAM, {
      env: {
        ...Object.fromEntries(handedOn.filter(([, value]) => value !== undefined)),
        DATABASE_URL: wish.databaseUrl,
        PORT: String(port),
        RINGFENCE_MODE: wish.mode,
        JWT_KEYS_FILE: wish.keysFile,
        ACCOUNT_KEYS_FILE: wish.accountKeysFile,
      },
      execArgv: ['--enable-source-maps'],
      // Ctrl-C reaches us only: we stop the server first and its database then.
      detached: true,
      stdio: ['ignore', log ?? 'inherit', 'inherit', 'ipc'],
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(file, size > LOG_LIMIT ? 'w' : 'a', 0o600);
}

/** The port that the server listens on, once it says so. */
function becomesReady(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message: { type?: unknown; port?: unknown }) => {
      if (message.type === 'ready' && typeof message.port === 'number') resolve(message.port);
    });
  });
}

/** What the server's own settings allow it, or their defaults. */
function longestStopMs(): number {
  const { SHUTDOWN_DRAIN_SECONDS: drain, SHUTDOWN_DEADLINE_SECONDS: deadline } = process.env;
  return 1000 * (Number(drain || 5) + Number(deadline || 10));
}

async function stop(
  child: ChildProcess,
  ended: Promise<string>,
  hurry: Promise<void>,
): Promise<void> {
  const kill = (): void => void child.kill('SIGKILL');
  const patience = setTimeout(kill, longestStopMs() + PATIENCE_MS);
  hurry.then(kill, kill);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(patience);
}
