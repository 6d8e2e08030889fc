/** One token of a SQL text, as far as telling calls from other parentheses needs it. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'open' | 'other';
  /** Lower case for words; the sign itself for `other`. */
  readonly text: string;
}

const TOKEN =
  /(?<space>\s+|--[^\n]*)|(?<comment>\/\*)|(?<escape>[eE]'(?:[^'\\]|\\[\s\S]|'')*')|(?<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')|(?<quoted>(?:[uU]&)?"(?:[^"]|"")*")|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<number>\$?[0-9][\w.]*)|(?<open>\()|(?<other>[\s\S])/y;

/**
 * Splits a SQL text into tokens; strings, comments and numbers are left out.
 *
 * @returns `undefined` for a text that ends inside a string or a comment.
 * @see PostgreSQL manual, 4.1 "Lexical Structure"
 */
export function sqlTokens(text: string): SqlToken[] | undefined {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) return undefined;
    at = TOKEN.lastIndex;
    if (groups.word !== undefined) tokens.push({ kind: 'word', text: groups.word.toLowerCase() });
    else if (groups.quoted !== undefined) tokens.push({ kind: 'quoted', text: groups.quoted });
    else if (groups.open !== undefined) tokens.push({ kind: 'open', text: '(' });
    else if (groups.comment !== undefined) at = commentEnd(text, at);
    else if (groups.dollar !== undefined) at = after(text, groups.dollar, at);
    else if (groups.other !== undefined) {
      if (groups.other === "'" || groups.other === '"') return undefined;
      tokens.push({ kind: 'other', text: groups.other });
    }
    if (at < 0) return undefined;
  }
  return tokens;
}

function after(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found < 0 ? -1 : found + sign.length;
}

/** Comments nest in PostgreSQL. */
function commentEnd(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    if (two !== '/*' && two !== '*/') continue;
    depth += two === '/*' ? 1 : -1;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return -1;
}
