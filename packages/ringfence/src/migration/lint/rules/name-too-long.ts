import { sqlTokens } from '../../../sql/index.js';
import type { LintRule } from '../rule.js';

export const nameTooLong: LintRule = {
  id: 'name-too-long',
  title: 'A name has more than 63 bytes',
  severity: 'error',
  consequence:
    'PostgreSQL cuts it without a word: two names may become one, and the code looks for a third.',
  instead: 'A shorter name.',
  *find(_change, { statement, world }) {
    if (world.statements.find(({ text }) => text === statement.text) !== statement) return;
    for (const token of sqlTokens(statement.text) ?? []) {
      const name = token.kind === 'quoted' ? token.text.slice(1, -1) : token.text;
      if (token.kind !== 'open' && Buffer.byteLength(name) > 63) yield name;
    }
  },
};
