import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** Longer than any line of such a file: a digest, a colon, a count and a line end. */
const LONGEST_LINE = 80;
const DIGEST = /^[0-9A-F]{40}/;

/**
 * A list of breached passwords on disk: one SHA-1 digest in hexadecimal per line, in ascending order,
 * with or without `:count` behind it, as the well-known downloads have it. Each question reads some
 * thirty pieces of 160 bytes, however long the list is, and nothing is kept in memory.
 *
 * @example
 * await new BreachedPasswords('/srv/pwned-passwords.txt').has('password'); // true
 */
export class BreachedPasswords {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error of the file system when the list cannot be read. */
  async has(password: string): Promise<boolean> {
    // Not to keep it: SHA-1 is what the lists are made of.
    const wanted = createHash('sha1').update(password).digest('hex').toUpperCase();
    const file = await open(this.#path);
    try {
      return await search(file, wanted);
    } finally {
      await file.close();
    }
  }
}

/** Binary search by byte: the lines are of different lengths. */
async function search(file: FileHandle, wanted: string): Promise<boolean> {
  let from = 0;
  let to = (await file.stat()).size;
  const piece = Buffer.alloc(2 * LONGEST_LINE);
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const start = Math.max(from, middle - LONGEST_LINE);
    const { bytesRead } = await file.read(piece, 0, piece.length, start);
    const line = lineAround(piece.toString('latin1', 0, bytesRead), middle - start, start === from);
    if (!line) return false;
    const digest = line.text.slice(0, 40).toUpperCase();
    if (digest === wanted) return true;
    if (!DIGEST.test(digest)) return false;
    if (digest < wanted) from = start + line.end;
    else to = start + line.begin;
  }
  return false;
}

/** The line that holds a position of a text; a line that begins before the text does not count. */
function lineAround(text: string, at: number, fromLineStart: boolean) {
  const before = text.lastIndexOf('\n', at - 1);
  if (before < 0 && !fromLineStart) return undefined;
  const begin = before + 1;
  const next = text.indexOf('\n', at);
  const end = next < 0 ? text.length : next + 1;
  return { text: text.slice(begin, end).trimEnd(), begin, end };
}
