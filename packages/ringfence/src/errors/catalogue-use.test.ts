import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, type ErrorCode } from './catalogue.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const FOLDERS = ['packages/ringfence/src', 'packages/ringfence/test', 'apps/server/src', 'apps/server/test', 'e2e']; // biome-ignore format: a list
const CODES = Object.keys(CATALOGUE) as ErrorCode[];

type Reasons = Partial<Record<ErrorCode, string>>;

const COMING = 'is in the catalogue ahead of what throws it';

/** Codes that nothing throws yet, and why. */
const UNTHROWN: Reasons = { QUOTA_EXCEEDED: COMING, MIGRATION_UNSAFE: COMING };

/** Codes that no test names, and why. */
const UNTESTED: Reasons = {
  ...UNTHROWN,
  ADDRESS_TOO_LONG: 'edge-answers.db.test.ts asks for its status',
  EXPECTATION_FAILED: 'edge-answers.db.test.ts asks for its status',
  HEADERS_TOO_LARGE: 'edge-answers.db.test.ts asks for its status',
  CONNECTION_RESIDUE: 'residue.db.test.ts: the pool repeats the statement on another connection',
  EVIDENCE_INVALID: 'verify-evidence is tested by what it prints',
  MIGRATION_FOLDER_INVALID: 'the tests of migration folders ask for its sentence',
  MIGRATION_NOT_REPEATABLE: 'the tests of migrations ask for its sentence',
  MIGRATION_PARSER_MISSING: 'the parser is a development dependency here',
};

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => path.join(ROOT, folder, file))
    .filter(
      (file) => !file.endsWith('errors/catalogue.ts') && !file.endsWith('catalogue-use.test.ts'),
    );
}

const isTest = (file: string): boolean =>
  /\.(test|fixture)\.ts$/.test(file) || /[\\/](test|e2e)[\\/]/.test(file);

/** Every word of some files that could be a code. */
function named(files: readonly string[]): Set<string> {
  const all = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  return new Set(all.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g));
}

const files = FOLDERS.flatMap(sources);
const thrown = named(files.filter((file) => !isTest(file)));
const tested = named(files.filter(isTest));
const without = (all: ReadonlySet<string>, reasons: Reasons): ErrorCode[] =>
  CODES.filter((code) => !all.has(code) && reasons[code] === undefined);

describe('the catalogue of errors', () => {
  it('holds no code that nothing throws, unless it says why', () => {
    expect(without(thrown, UNTHROWN)).toEqual([]);
  });

  it('holds no code that no test names, unless it says why', () => {
    expect(without(tested, UNTESTED)).toEqual([]);
  });

  it('is where every error comes from', () => {
    const written = files
      .filter((file) => !isTest(file))
      .flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(/new RingfenceError\(\s*'([A-Z_]+)'/g),
      ])
      .map(([, code]) => code ?? '');
    expect(written.length).toBeGreaterThan(100);
    expect(written.filter((code) => !(code in CATALOGUE))).toEqual([]);
  });
});
