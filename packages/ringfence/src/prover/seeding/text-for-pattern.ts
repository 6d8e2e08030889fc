/**
 * Makes a text that a simple regular expression matches: literals, classes, groups, alternatives and
 * quantifiers. What it makes is only a suggestion; the database judges it.
 *
 * @param pick chooses among `n` things, so that two texts differ where the pattern lets them
 * @returns undefined for what it does not understand
 * @example
 * textForPattern('^[A-Z]{3}-\\d{4}$', (n) => n - 1); // ZZZ-9999
 */
export function textForPattern(
  pattern: string,
  pick: (choices: number) => number,
): string | undefined {
  const reader = { pattern, at: 0, pick };
  try {
    const text = alternatives(reader);
    return reader.at === pattern.length ? text : undefined;
  } catch {
    return undefined;
  }
}

interface Reader {
  readonly pattern: string;
  at: number;
  readonly pick: (choices: number) => number;
}

const CLASSES: Readonly<Record<string, string>> = {
  d: '0123456789',
  w: 'abcdefghijklmnopqrstuvwxyz0123456789',
  s: ' ',
};
const LONGEST = 8;

function alternatives(reader: Reader): string {
  const texts = [sequence(reader)];
  while (reader.pattern[reader.at] === '|') {
    reader.at += 1;
    texts.push(sequence(reader));
  }
  return texts[reader.pick(texts.length)] ?? '';
}

function sequence(reader: Reader): string {
  let text = '';
  while (reader.at < reader.pattern.length && !'|)'.includes(reader.pattern[reader.at] ?? '')) {
    const start = reader.at;
    const first = atom(reader);
    const end = reader.at;
    const times = quantity(reader);
    const after = reader.at;
    for (let n = 0; n < times; n += 1) {
      // Read anew each time: repeated classes need not repeat the same character.
      reader.at = start;
      text += n === 0 ? first : atom(reader);
    }
    reader.at = Math.max(after, end);
  }
  return text;
}

function atom(reader: Reader): string {
  const sign = reader.pattern[reader.at] ?? '';
  reader.at += 1;
  if (sign === '^' || sign === '$') return '';
  if (sign === '(') return group(reader);
  if (sign === '[') return characterOf(reader, characterClass(reader));
  if (sign === '.') return characterOf(reader, CLASSES.w ?? '');
  if (sign === '\\') {
    const escaped = reader.pattern[reader.at] ?? '';
    reader.at += 1;
    if ('mMyAZ'.includes(escaped)) return '';
    return CLASSES[escaped] ? characterOf(reader, CLASSES[escaped]) : escaped;
  }
  return sign;
}

function group(reader: Reader): string {
  if (reader.pattern.startsWith('?:', reader.at)) reader.at += 2;
  else if (reader.pattern[reader.at] === '?') throw new Error('look-around');
  const text = alternatives(reader);
  if (reader.pattern[reader.at] !== ')') throw new Error('unclosed');
  reader.at += 1;
  return text;
}

function characterClass(reader: Reader): string {
  const close = reader.pattern.indexOf(']', reader.at + 1);
  if (close < 0) throw new Error('unclosed');
  let body = reader.pattern.slice(reader.at, close);
  reader.at = close + 1;
  if (body.startsWith('^')) {
    return [...(CLASSES.w ?? '')].filter((one) => !body.includes(one)).join('');
  }
  body = body.replace(/\\([dws])/g, (_, name: string) => CLASSES[name] ?? '').replaceAll('\\', '');
  return body.replace(/(\w)-(\w)/g, (_, from: string, to: string) => {
    const codes = Array.from(
      { length: to.charCodeAt(0) - from.charCodeAt(0) + 1 },
      (_each, at) => from.charCodeAt(0) + at,
    );
    return String.fromCharCode(...codes);
  });
}

function characterOf(reader: Reader, characters: string): string {
  return characters[reader.pick(characters.length)] ?? '';
}

function quantity(reader: Reader): number {
  const rest = reader.pattern.slice(reader.at);
  const [whole = '', low, comma, high] = /^\{(\d+)(,?)(\d*)\}/.exec(rest) ?? [];
  if (whole) {
    reader.at += whole.length;
    const least = Number(low);
    if (!comma) return least;
    const most = high ? Number(high) : least + LONGEST;
    return Math.max(least, Math.min(most, LONGEST));
  }
  if (!'*+?'.includes(rest[0] ?? 'x')) return 1;
  reader.at += 1;
  if (rest[1] === '?') reader.at += 1;
  return rest[0] === '?' ? 1 : LONGEST;
}
