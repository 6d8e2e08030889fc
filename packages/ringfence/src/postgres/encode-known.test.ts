import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { encodeFlight } from './encode-flight.js';
import { encodeKnown } from './encode-known.js';
import type { UnnamedSlot } from './unnamed-slot.js';

/** node-postgres' own encoders, told to keep what they would send. */
function byNodePostgres(write: (to: Encoder) => void): Buffer {
  const chunks: Buffer[] = [];
  const to = Object.create(pg.Connection.prototype) as Encoder & { _send(chunk: Buffer): void };
  to._send = (chunk) => void chunks.push(Buffer.from(chunk));
  write(to);
  return Buffer.concat(chunks);
}

interface Encoder {
  bind(message: object): void;
  execute(message: object): void;
  sync(): void;
}

const VALUES: readonly (readonly [string, readonly (string | Buffer | null)[] | undefined])[] = [
  ['no values', undefined],
  ['an empty list', []],
  ['text', ['8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001']],
  ['an empty text, NULL and bytes', ['', null, Buffer.from([0, 255, 1])]],
  ['letters of two, three and four bytes, and half a pair', ['ä€😀', '\ud800', 'x'.repeat(10_000)]],
  ['an empty buffer', [Buffer.alloc(0)]],
  ['many values', Array.from({ length: 40_000 }, (_, at) => `${at}`)],
];

describe('encodeKnown', () => {
  it.each(VALUES)('writes what node-postgres writes: %s', (_case, values) => {
    for (const binary of [false, true]) {
      const wanted = byNodePostgres((to) => {
        to.bind({ statement: 'rf_12', values, binary });
        to.execute({});
        to.sync();
      });
      const lead = [Buffer.from('one'), Buffer.from('two')];
      const written = encodeKnown(lead, 'rf_12', values, binary);
      expect(written.equals(Buffer.concat([...lead, wanted]))).toBe(true);
    }
  });

  it('is what a flight with a known name takes, and the binder stays where it was', () => {
    const slot = { holds: 'CALL ringfence.bind($1)' } as UnnamedSlot;
    const step = {
      text: 'CALL ringfence.bind($1)',
      bytes: Buffer.from('anew'),
      again: Buffer.from('again'),
    };
    const statement = { text: 'SELECT $1', name: 'rf_1', values: ['a'] };
    const known = encodeFlight([step], { ...statement, known: { name: 'rf_1', fields: [] } }, slot);
    expect(known.equals(encodeKnown([Buffer.from('again')], 'rf_1', ['a']))).toBe(true);
    expect(slot.holds).toBe(step.text);
    // Not known yet: Parse and Describe come as well.
    expect(encodeFlight([step], statement, slot).length).toBeGreaterThan(known.length);
  });
});
