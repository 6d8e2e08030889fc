import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { CheckpointSink } from '../audit-log/index.js';
import type { Terminal } from './terminal.js';

/** Appends each line to a file and waits until the disk has it; `-` writes to the standard output. */
export function checkpointSink(file: string, terminal: Terminal): CheckpointSink {
  if (file === '-') return { write: async (line) => terminal.out(line) };
  return {
    async write(line) {
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.appendFile(`${line}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** The lines of a file, one at a time. */
export function linesOf(file: string): AsyncIterable<string> {
  return createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
}
