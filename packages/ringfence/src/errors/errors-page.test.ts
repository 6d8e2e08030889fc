import { expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';

/** docs/errors.md is written from the catalogue: `npm test -- packages/ringfence/src/errors -u`. */
it('docs/errors.md holds the catalogue', async () => {
  const rows = Object.entries(CATALOGUE).map(
    ([code, { status, sentence, remedy }]) =>
      `### ${code}\n\nHTTP ${status}. ${sentence}\n\n*What to do:* ${remedy}\n`,
  );
  const page = `# Errors

Every error of the library and the server is one of these. A problem document (RFC 9457) carries the
code in its member \`code\` and, kebab-cased, in its \`type\`; a code never changes its meaning. Written
from \`packages/ringfence/src/errors/catalogue.ts\`, and held together with it by a test.

${rows.join('\n')}`;
  await expect(page).toMatchFileSnapshot('../../../../docs/errors.md');
});
