import { z } from 'zod';

/**
 * A text that is stored exactly as it was sent. What PostgreSQL cannot store is refused before any
 * schema is asked, by the request path's ValidateRequestPipe.
 *
 * @param max in UTF-16 code units, as JavaScript counts.
 */
export function text(max: number) {
  return z.string().max(max);
}

/** A {@link text} that shows something: a name or a title, not only white space. */
export function line(max: number) {
  return text(max)
    .min(1)
    .refine((value) => value.trim() !== '', 'must not be blank');
}

/**
 * What nobody sees, and what turns the reading around: controls, line separators, bidi controls and
 * characters of no width. Joiners stay where scripts and emoji need them, variation selectors anywhere.
 */
const UNSEEN =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]|(?![\p{Variation_Selector}\u200c\u200d])\p{Default_Ignorable_Code_Point}|(?<![\p{M}\p{Script=Arabic}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]/u;

/**
 * A {@link line} by which people tell somebody or something from others, so that one name cannot look
 * like another by characters that do not show.
 *
 * @see Unicode Technical Standard #39, "Unicode Security Mechanisms"
 */
export function nameLine(max: number) {
  return line(max).refine(
    (value) => !UNSEEN.test(value),
    'must not hold characters without a shape',
  );
}

/** How names are compared where one must not pass for another: forms, case and the unseen fall away. */
export function comparableName(value: string): string {
  return value
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .trim();
}
