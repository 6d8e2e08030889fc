import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHECKS } from './index.js';
import { readPages } from './pages.fixture.js';

const files = readdirSync(import.meta.dirname)
  .filter((file) => !/\.(test|fixture)\.ts$/.test(file) && file !== 'index.ts')
  .map((file) => file.replace(/\.ts$/, ''));
const pages = readPages();

it('registers every check and gives each a page', () => {
  expect(CHECKS.map(({ id }) => id).sort()).toEqual(files.sort());
  expect(pages.map(({ id }) => id).sort()).toEqual(files.sort());
});

it.each(CHECKS)('the page of $id says what the check says', (check) => {
  const page = pages.find(({ id }) => id === check.id);
  expect(page?.text).toContain(`# ${check.id}\n\n**${check.title}** (${check.severity})`);
  expect(page?.text).toContain(check.consequence);
});
