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
