import { parseArgs } from 'node:util';
import { RingfenceError } from '../errors/index.js';
import { listStoredKeys, removeContextKey, storeContextKeys } from '../migration/index.js';
import { PROOF_LIFETIME_SECONDS, readKeyring, rotateKeyring } from '../postgres/index.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence keys list | rotate | retire <kid>

  --keyring FILE   the file that processes sign with (RINGFENCE_CONTEXT_KEYS_FILE)
  --url URL        a login that may become the owner role; once per database server
                   (DATABASE_MIGRATION_URL)
  --prefix NAME    of the group roles, when it is not ringfence
  --apply          do it; without it, only say what would be done
  --json           one JSON document instead of lines`;

interface Options {
  readonly keyring: string;
  readonly urls: readonly string[];
  readonly prefix: string | undefined;
  readonly apply: boolean;
}

/**
 * `ringfence keys`: rotation of the keys that prove tenant contexts, with overlap and without a restart.
 *
 * A new key is stored in every database before any process can sign with it; an old one is taken away
 * only when nothing signed with it can be alive.
 */
export async function keysCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  const [verb, kid] = positionals;
  if (values.help || verb === undefined) {
    terminal.out(USAGE);
    return values.help ? 0 : 2;
  }
  const options = {
    keyring: values.keyring ?? need(terminal.env.RINGFENCE_CONTEXT_KEYS_FILE, '--keyring'),
    urls: values.url ?? [need(terminal.env.DATABASE_MIGRATION_URL, '--url')],
    prefix: values.prefix,
    apply: values.apply ?? false,
  };
  const lines: string[] = [];
  const say = values.json ? (line: string) => lines.push(line) : terminal.out;
  const state = await run(verb, kid, options, say);
  if (values.json) terminal.out(JSON.stringify({ ...state, messages: lines }));
  return state.code;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        keyring: { type: 'string' },
        url: { type: 'string', multiple: true },
        prefix: { type: 'string' },
        apply: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

interface KeyState {
  readonly code: ExitCode;
  readonly signing: string | undefined;
  readonly databases: readonly (readonly string[])[];
}

async function run(
  verb: string,
  kid: string | undefined,
  options: Options,
  say: (line: string) => void,
): Promise<KeyState> {
  if (verb === 'rotate') await rotate(options, say);
  else if (verb === 'retire') await retire(options, kid, say);
  else if (verb !== 'list') throw invalid(`No command keys ${verb}.`);
  return list(options, say);
}

async function list(
  { keyring, urls, prefix }: Options,
  say: (line: string) => void,
): Promise<KeyState> {
  const keys = readKeyring(keyring);
  const signing = keys[0]?.kid;
  say(`${keyring} signs with ${signing}`);
  const databases: string[][] = [];
  for (const [at, url] of urls.entries()) {
    const stored = await listStoredKeys(withPrefix({ url }, prefix));
    databases.push(stored);
    say(`database ${at + 1} verifies ${stored.join(', ') || 'nothing'}`);
  }
  const accepted = databases.every((stored) => signing !== undefined && stored.includes(signing));
  if (!accepted) say('The signing key is not known to every database: requests are refused there.');
  return { code: accepted ? 0 : 1, signing, databases };
}

async function rotate(options: Options, say: (line: string) => void): Promise<void> {
  const { keyring, urls, prefix, apply } = options;
  const plan = rotateKeyring(keyring);
  say(`store the new key ${plan.key.kid} in ${urls.length} database(s), then sign with it`);
  if (!apply) {
    say('Nothing was done: add --apply.');
    return;
  }
  for (const url of urls) await storeContextKeys(withPrefix({ url, keys: [plan.key] }, prefix));
  // Every one is asked again: one that does not have the key would refuse all requests.
  for (const [at, url] of urls.entries()) {
    if (!(await listStoredKeys(withPrefix({ url }, prefix))).includes(plan.key.kid)) {
      throw new RingfenceError('MIGRATION_FAILED', {
        detail: `Database ${at + 1} did not keep the new key; nothing signs with it yet.`,
      });
    }
  }
  plan.activate();
  say(`Signing with ${plan.key.kid}. Retire the old keys after ${PROOF_LIFETIME_SECONDS} s, when`);
  say('every process has read the keyring again (it looks once a second).');
}

async function retire(
  { keyring, urls, prefix, apply }: Options,
  kid: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  if (!kid) throw invalid('Name the key: ringfence keys retire <kid>.');
  if (readKeyring(keyring)[0]?.kid === kid) {
    throw invalid(`${kid} is what ${keyring} signs with: rotate first.`);
  }
  say(`remove ${kid} from ${urls.length} database(s)`);
  if (!apply) {
    say('Nothing was done: add --apply.');
    return;
  }
  for (const url of urls) await removeContextKey(withPrefix({ url, kid }, prefix));
}

function withPrefix<T extends object>(
  options: T,
  prefix: string | undefined,
): T & { prefix?: string } {
  return prefix === undefined ? options : { ...options, prefix };
}

function need(value: string | undefined, name: string): string {
  if (value) return value;
  throw invalid(`Give ${name}.`);
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}
