import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'log', 'verbose']);

interface Call {
  readonly where: string;
  readonly message: ts.Expression | undefined;
}

/** Every call of a logger in what ships: `logger.info(…)`, `deps.logger.warn(…)`, `this.#logger?.error(…)`. */
function loggerCalls(folder: string): Call[] {
  const files = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.(test|fixture)\.ts$|generated|^(cli|dev)\//.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(path.join(ROOT, folder, file), 'utf8');
    if (!/logger/i.test(text)) return [];
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const calls: Call[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const { name, expression } = node.expression;
        if (LEVELS.has(name.text) && /logger\??$/i.test(expression.getText(source))) {
          const { line } = source.getLineAndCharacterOfPosition(node.getStart());
          calls.push({ where: `${folder}/${file}:${line + 1}`, message: node.arguments[1] });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return calls;
  });
}

const CALLS = ['packages/ringfence/src', 'apps/server/src'].flatMap(loggerCalls);

/** Nest's own logger takes an object alone; `PinoLogger` reads it by the allow-list. */
const FIELDS_ALONE = ['apps/server/src/api-keys/api-key-directory.ts'];

describe('what is logged', () => {
  it('is found by this test', () => {
    expect(CALLS.length).toBeGreaterThan(20);
  });

  it('has a message that is written in the code and holds no value', () => {
    const built = CALLS.filter(
      ({ message, where }) =>
        !(message && ts.isStringLiteral(message)) &&
        !(message === undefined && FIELDS_ALONE.some((file) => where.startsWith(file))),
    );
    expect(built.map(({ where }) => where)).toEqual([]);
  });

  it('goes through no console', () => {
    const direct = ['packages/ringfence/src', 'apps/server/src'].flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter(
          (file) =>
            /\.ts$/.test(file) && !/\.(test|fixture)\.ts$|generated|^(cli|dev)\//.test(file),
        )
        .filter((file) =>
          /^(?!\s*\*).*\bconsole\.\w+\(/m.test(readFileSync(path.join(ROOT, folder, file), 'utf8')),
        ),
    );
    expect(direct).toEqual([]);
  });
});
