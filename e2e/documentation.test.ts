import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

const PAGES = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

/** Does a file of this name exist, where `*` stands for anything inside one name? */
function exists(file: string): boolean {
  if (!file.includes('*')) return existsSync(path.join(ROOT, file));
  const folder = path.join(ROOT, path.dirname(file));
  const pattern = path.basename(file).split('*').map(escaped);
  const name = new RegExp(`^${pattern.join('.*')}$`);
  return existsSync(folder) && readdirSync(folder).some((each) => name.test(each));
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8');

  it('names only files that exist', () => {
    const prose = text.replace(/```[\s\S]*?```/g, '');
    const named = prose.matchAll(
      /`((?:packages|apps|docs|e2e|tools|benchmarks)\/[\w./*-]+\.\w+)`/g,
    );
    expect([...named].map(([, file]) => file ?? '').filter((file) => !exists(file))).toEqual([]);
  });

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, target]) => target ?? '',
    );
    const missing = links.filter(
      (target) => !existsSync(path.join(ROOT, path.dirname(page), target)),
    );
    expect(missing).toEqual([]);
  });
});
