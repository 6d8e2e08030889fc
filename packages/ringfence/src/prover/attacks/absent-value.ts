import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** A value of the same shape that stands in no row: what an oracle is compared with. */
export function absentValue(value: string | null): string | null {
  if (value === null) return null;
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(value)) return randomUUID();
  if (/^\d{4,10}$/.test(value)) {
    return String(randomInt(10 ** (value.length - 1), Number(value) + 1));
  }
  if (/^\\x[0-9a-f]+$/.test(value)) {
    return `\\x${randomBytes((value.length - 2) / 2).toString('hex')}`;
  }
  return value.replace(/rf[0-9a-f]{10}/g, () => `rf${randomBytes(5).toString('hex')}`);
}
