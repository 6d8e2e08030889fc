import { z } from 'zod';

/** PostgreSQL's text holds every character of Unicode but NUL, and no half of a surrogate pair. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * A text that can be stored exactly as it was sent.
 *
 * @param max in UTF-16 code units, as JavaScript counts.
 */
export function text(max: number) {
  return z
    .string()
    .max(max)
    .refine((value) => !UNSTORABLE.test(value), 'must not hold NUL or half a surrogate pair');
}

/** A {@link text} that shows something: a name or a title, not only white space. */
export function line(max: number) {
  return text(max)
    .min(1)
    .refine((value) => value.trim() !== '', 'must not be blank');
}
