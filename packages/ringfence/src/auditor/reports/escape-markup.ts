import { printableLines } from './printable.js';

/** For text and attributes of XML and HTML. */
export function escapeMarkup(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return printableLines(text).replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
}
