import { existsSync, readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import type { RingfenceConfig } from '../config/index.js';
import { RingfenceError } from '../errors/index.js';
import { checkConfig } from './check-config.js';
import type { Terminal } from './terminal.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `ringfence.config.${ending}`);

/**
 * Reads the configuration file that `--config` names, or the one of the folder that the command was
 * started in; an empty configuration where there is none.
 *
 * @throws RingfenceError `CONFIG_FILE_NOT_LOADED` when it is not there, cannot be run, exports nothing,
 *   or when the folder has two; `CONFIGURATION_INVALID` when something in it is not an option.
 */
export async function loadConfig(
  named: string | undefined,
  { cwd = process.cwd() }: Pick<Terminal, 'cwd'>,
): Promise<RingfenceConfig> {
  const file = named === undefined ? findConfig(cwd) : path.resolve(cwd, named);
  if (file === undefined) return {};
  if (!existsSync(file)) throw notLoaded(file, 'there is no such file');
  return checkConfig(await read(file), file);
}

function findConfig(folder: string): string | undefined {
  const found = NAMES.map((name) => path.join(folder, name)).filter((file) => existsSync(file));
  if (found.length > 1) {
    const names = found.map((file) => path.basename(file)).join(' and ');
    throw notLoaded(folder, `it has ${names}: keep one, or name one with --config`);
  }
  return found[0];
}

async function read(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(readFileSync(file, 'utf8'));
    if (/\.m?ts$/.test(file) && !stripsTypes()) readTypesFrom(file);
    const { default: config } = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return config;
  } catch (cause) {
    if (cause instanceof RingfenceError) throw cause;
    throw notLoaded(file, (cause as Error).message, cause);
  }
}

/** Node 22.18 and newer leave types out by themselves. */
function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: false | string }).typescript);
}

/**
 * Older ones ask the project's own TypeScript, while a module is loaded: nothing is written beside the
 * file, and what it imports is found from where it stands.
 *
 * @see Node.js documentation, "Customization Hooks"
 */
function readTypesFrom(file: string): void {
  let typescript: string;
  try {
    typescript = createRequire(file).resolve('typescript');
  } catch (cause) {
    throw notLoaded(file, `Node ${process.version} cannot read TypeScript by itself`, cause);
  }
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`, import.meta.url, {
    data: { typescript: pathToFileURL(typescript).href },
  });
}

const HOOK = `
import { readFile } from 'node:fs/promises';
let typescript;
export async function initialize(data) { typescript = data.typescript; }
export async function load(url, context, next) {
  if (!/^file:.*\\.m?ts$/.test(url)) return next(url, context);
  const { default: ts } = await import(typescript);
  if (typeof ts?.transpileModule !== 'function') {
    throw new Error('the installed typescript cannot transpile: use Node 22.18 or newer');
  }
  const text = await readFile(new URL(url), 'utf8');
  const { outputText: source } = ts.transpileModule(text, {
    fileName: url, compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return { format: 'module', shortCircuit: true, source };
}`;

function notLoaded(file: string, why: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIG_FILE_NOT_LOADED', {
    detail: `${file} could not be loaded: ${why}.`,
    cause,
  });
}
