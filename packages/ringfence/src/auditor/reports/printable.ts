/** Names come from the database: nothing in one may steer a terminal or start a line of its own. */
export function printable(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** As {@link printable}, for SQL, which has lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
