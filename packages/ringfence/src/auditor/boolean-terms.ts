/** An expression of the server taken apart at its ANDs and ORs; a leaf is anything else. */
export type Term =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Term[] }
  | { readonly kind: 'leaf'; readonly text: string };

/**
 * Takes a deparsed expression apart: the server puts brackets around every operand, so that the words
 * that stand outside of all brackets and texts are those of the outermost level.
 *
 * @example
 * booleanTerms('((a = 1) OR (EXISTS ( SELECT 1 FROM x)))'); // or: a = 1 | EXISTS ( SELECT 1 FROM x)
 */
export function booleanTerms(expression: string): Term {
  const text = withoutBrackets(expression.trim());
  for (const kind of ['or', 'and'] as const) {
    const parts = splitAt(text, kind.toUpperCase());
    if (parts.length > 1) return { kind, terms: parts.map(booleanTerms) };
  }
  return { kind: 'leaf', text };
}

/** At each level: how deep a position lies, and whether it is inside a text or a quoted name. */
function* outside(text: string): Generator<{ at: number; depth: number }> {
  let depth = 0;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      continue;
    }
    if (char === "'" || char === '"') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    yield { at, depth };
  }
}

function withoutBrackets(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  for (const { at, depth } of outside(text)) {
    if (depth === 0 && at < text.length - 1) return text;
  }
  return withoutBrackets(text.slice(1, -1).trim());
}

function splitAt(text: string, word: string): string[] {
  // BETWEEN has an AND of its own, and CASE has conditions that are no operands.
  if (/^CASE\b/.test(text) || /\bBETWEEN\b/.test(text)) return [text];
  const parts: string[] = [];
  let start = 0;
  for (const { at, depth } of outside(text)) {
    if (depth === 0 && text.startsWith(` ${word} `, at)) {
      parts.push(text.slice(start, at));
      start = at + word.length + 2;
    }
  }
  return [...parts, text.slice(start)];
}
