import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readLintPages } from './pages.fixture.js';
import { RULES } from './rules/index.js';

const pages = readLintPages();
const files = readdirSync(path.join(import.meta.dirname, 'rules'))
  .filter((file) => file !== 'index.ts')
  .map((file) => file.replace(/\.ts$/, ''));

it('registers every rule and gives each a page', () => {
  expect(RULES.map(({ id }) => id).sort()).toEqual(files.sort());
  expect(pages.map(({ id }) => id).sort()).toEqual(files.sort());
});

it.each(RULES)('the page of $id says what the rule says', (rule) => {
  const page = pages.find(({ id }) => id === rule.id);
  expect(page?.text).toContain(`# ${rule.id}\n\n**${rule.title}** (${rule.severity})\n`);
  expect(page?.text).toContain(rule.consequence);
  expect(page?.text).toContain(`Instead: ${rule.instead}`);
});

it('lists every rule in the index', async () => {
  const rows = RULES.map(
    ({ id, title, severity }) => `| [${id}](${id}.md) | ${severity} | ${title} |`,
  );
  const text = `# The rules of the linter

Written by \`pages.test.ts\` from the rules; each page holds SQL that is found and SQL that is not, and both are
its test. \`ringfence migrate lint\` runs them all; [migrations-ddl.md](../migrations-ddl.md) says how to allow
what one of them refuses.

| rule | severity | what it finds |
| --- | --- | --- |
${rows.join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../../../../../docs/lint/README.md');
});
