import { html, htmlPage } from '../http/html.js';
import type { Mail } from './mailer.js';

/** What a {@link letter} says. Everything in it is plain text: nothing is read as HTML. */
export interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** The one thing to do. */
  readonly action?: { readonly label: string; readonly url: string };
  /** What to know besides, in small print. */
  readonly notes?: readonly string[];
}

/** As much of a name as a mail shows: a name is written by anybody, and may be a whole advertisement. */
const LONGEST_NAME = 60;

/**
 * A name of a person or tenant as it may stand in a mail: on one line, not too long, and without what
 * mail programs would turn into a link, or what would turn the writing direction around.
 *
 * @example
 * shownName('Acme\r\nBcc: everybody@example.com'); // 'Acme Bcc: everybody@example com'
 */
export function shownName(name: string): string {
  const line = name
    // Control and format characters (line ends, zero width, direction marks) and the line separators.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    // `example.com` and `https://…` become links by themselves in most mail programs.
    .replace(/:\/\//g, ' ')
    .replace(/\.(?=\S)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > LONGEST_NAME
    ? `${characters.slice(0, LONGEST_NAME - 1).join('')}…`
    : line;
}

/**
 * Writes a mail, as text and as HTML that loads nothing.
 *
 * @example
 * await mailer.send({ to, ...letter({ subject: 'Confirm your address', paragraphs: ['…'] }) });
 */
export function letter({ subject, paragraphs, action, notes = [] }: Letter) {
  const text = [
    ...paragraphs,
    ...(action ? [`${action.label}:\n${action.url}`] : []),
    ...(notes.length > 0 ? [`-- \n${notes.join('\n')}`] : []),
  ].join('\n\n');
  return {
    subject,
    text: `${text}\n`,
    html: htmlPage(
      subject,
      html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`)}
${
  action
    ? html`<p><a rel="noreferrer" href="${action.url}">${action.label}</a></p>
<p>Or copy this address into your browser:<br><code>${action.url}</code></p>`
    : undefined
}
${notes.map((note) => html`<p><small>${note}</small></p>\n`)}`,
    ),
  } satisfies Omit<Mail, 'to'>;
}
