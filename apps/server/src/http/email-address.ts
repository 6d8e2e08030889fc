import { z } from 'zod';

/**
 * An e-mail address that is stored: ASCII, as every mail server takes it, and in lower case, so that
 * one person is one user however it is typed.
 */
export const emailAddress = z.email({ pattern: z.regexes.html5Email }).max(254).toLowerCase();
