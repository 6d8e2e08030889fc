import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOM = path.resolve(import.meta.dirname, '..');

/** The command line as plain JavaScript, for tests that need a Node without a test runner around it. */
export interface TranspiledCli {
  /** Can be linked as the package `ringfence`; it has the door `ringfence/config`. */
  readonly folder: string;
  run(
    cwd: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ code: number; text: string }>;
  remove(): void;
}

/** Types are not checked: that is the build's work. */
export function transpileCli(): TranspiledCli {
  const packages = path.resolve(ROOM, '../node_modules');
  mkdirSync(packages, { recursive: true });
  const folder = mkdtempSync(path.join(packages, '.transpiled-'));
  const sources = readdirSync(ROOM, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file),
  );
  for (const source of sources) {
    const target = path.join(folder, source.replace(/\.ts$/, '.js'));
    mkdirSync(path.dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(path.join(ROOM, source), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: true,
      },
    });
    writeFileSync(target, outputText);
  }
  const manifest = {
    name: 'ringfence',
    type: 'module',
    exports: { './config': './config/index.js' },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  return {
    folder,
    run: (cwd, args, env = {}) => runNode(cwd, [path.join(folder, 'cli', 'bin.js'), ...args], env),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function runNode(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; text: string }> {
  // What is inherited could give it a database or a loader.
  const clean = { PATH: process.env.PATH ?? '', ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { cwd, env: clean }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, text: `${stdout}${stderr}` });
    });
  });
}
