import { type SqlToken, sqlTokens } from './sql-tokens.js';

/**
 * Splits a SQL text into its statements, each as tokens: enough to tell what kind of statement one is.
 * Semicolons in strings, parentheses (CREATE RULE) and `BEGIN ATOMIC … END` do not separate.
 *
 * @returns `undefined` for a text that ends inside a string or a comment.
 * @example
 * sqlStatements('SELECT 1; COMMIT')?.map(([first]) => first?.text); // ['select', 'commit']
 */
export function sqlStatements(text: string): SqlToken[][] | undefined {
  const tokens = sqlTokens(text);
  if (!tokens) return undefined;
  const statements: SqlToken[][] = [];
  let statement: SqlToken[] = [];
  let parentheses = 0;
  let blocks = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'open') parentheses += 1;
    else if (token.text === ')') parentheses = Math.max(0, parentheses - 1);
    else if (token.kind === 'word') blocks = blocksAfter(token.text, tokens, at, blocks);
    if (token.text === ';' && parentheses === 0 && blocks === 0) {
      if (statement.length > 0) statements.push(statement);
      statement = [];
    } else {
      statement.push(token);
    }
  }
  return statement.length > 0 ? [...statements, statement] : statements;
}

/** The body of a SQL function in the form of the standard; CASE ends with END as well. */
function blocksAfter(
  word: string,
  tokens: readonly SqlToken[],
  at: number,
  blocks: number,
): number {
  if (word === 'begin') return tokens[at + 1]?.text === 'atomic' ? blocks + 1 : blocks;
  if (blocks === 0) return 0;
  // `AS end` and `x.end` are names.
  const before = tokens[at - 1]?.text;
  if (before === 'as' || before === '.') return blocks;
  if (word === 'case') return blocks + 1;
  return word === 'end' ? blocks - 1 : blocks;
}
