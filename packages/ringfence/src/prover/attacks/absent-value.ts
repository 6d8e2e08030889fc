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
  const day = /^\d{4}-\d\d-\d\d/;
  if (/^[[(].*,.*[)\]]$/.test(value)) return absentRange(value);
  if (day.test(value)) return `${randomInt(3000, 9000)}${value.slice(4)}`;
  return value.replace(/rf[0-9a-f]{10}/g, () => `rf${randomBytes(5).toString('hex')}`);
}

/** The same bounds, far away: the years or the numbers of a range. */
function absentRange(value: string): string {
  const years = randomInt(1000, 5000);
  if (/\d{4}-\d\d-\d\d/.test(value)) {
    return value.replace(
      /(\d{4})(-\d\d-\d\d)/g,
      (_, year, rest) => `${Number(year) + years}${rest}`,
    );
  }
  const far = randomInt(100_000_000, 900_000_000);
  return value.replace(/-?\d+/g, (number) => String(Number(number) + far));
}
