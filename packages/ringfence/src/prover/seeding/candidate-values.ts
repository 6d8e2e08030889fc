import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { Column } from '../catalog/catalog.js';
import { textForPattern } from './text-for-pattern.js';

/** Values of a column worth trying, in PostgreSQL's text form, the most telling first. */
export function candidateValues(
  column: Column,
  marker: string,
  expressions: readonly string[],
): (string | null)[] {
  const literals = expressions.flatMap(literalsOf);
  const numbers = [...new Set(expressions.flatMap(numbersOf))];
  const found = [
    ...new Set([
      ...typed(column, marker, literals, numbers, expressions),
      ...fitting(column, literals),
    ]),
  ].filter((value) => column.maxLength === null || value.length <= column.maxLength);
  return column.notNull ? found : [...found, null];
}

function typed(
  column: Column,
  marker: string,
  literals: readonly string[],
  numbers: readonly number[],
  expressions: readonly string[],
): string[] {
  const { baseType, category } = column;
  if (column.labels.length > 0) return [...column.labels];
  if (baseType === 'uuid') return [randomUUID()];
  if (baseType === 'bytea') return bytes(marker, numbers);
  if (baseType === 'json' || baseType === 'jsonb') {
    return [JSON.stringify({ marker }), JSON.stringify([marker]), '{}', '[]', '1'];
  }
  if (baseType === 'xml') return [`<marker>${marker}</marker>`];
  if (baseType === 'tsvector' || baseType === 'hstore') {
    return [baseType === 'hstore' ? `marker=>${marker}` : `'${marker}'`];
  }
  if (category === 'S') return texts(column, marker, literals, numbers, expressions);
  if (category === 'N') return amounts(column, numbers);
  if (category === 'B') return ['true', 'false'];
  if (category === 'D') return moments(baseType, expressions);
  if (category === 'T') return [`${randomInt(1, 1000)} hours`, '0'];
  if (category === 'A') {
    const element = {
      ...column,
      baseType: baseType.replace(/\[\]$/, ''),
      category: elementOf(baseType),
    };
    const [one] = typed(element, marker, literals, numbers, expressions);
    return [
      ...(one === undefined || one === '' ? [] : [`{"${one.replace(/["\\]/g, '\\$&')}"}`]),
      '{}',
    ];
  }
  if (/^bit( varying)?$/.test(baseType)) return ['1'.padEnd(column.bits ?? 1, '0')];
  if (category === 'C') return [`(${','.repeat(Math.max(column.attributes - 1, 0))})`];
  if (baseType.endsWith('multirange')) return ranges(baseType).map((range) => `{${range}}`);
  return RARE[baseType] ?? (category === 'R' ? ranges(baseType) : ['']);
}

const RARE: Readonly<Record<string, readonly string[]>> & Record<string, string[]> = {
  inet: [`10.${randomInt(255)}.${randomInt(255)}.${randomInt(255)}`],
  cidr: [`10.${randomInt(255)}.${randomInt(255)}.0/24`],
  macaddr: ['08:00:2b:01:02:03'],
  macaddr8: ['08:00:2b:01:02:03:04:05'],
  point: ['(1,2)'],
  box: ['(1,2),(0,0)'],
  circle: ['<(1,2),3>'],
  path: ['[(0,0),(1,1)]'],
  polygon: ['((0,0),(1,1),(1,0))'],
  lseg: ['[(0,0),(1,1)]'],
  line: ['{1,2,3}'],
  tsquery: ['a'],
  pg_lsn: ['0/16B3748'],
  oid: ['1'],
  xid8: ['1'],
  regclass: ['pg_class'],
};

function texts(
  column: Column,
  marker: string,
  literals: readonly string[],
  numbers: readonly number[],
  expressions: readonly string[],
): string[] {
  const digest = createHash('sha256').update(`${marker} ${column.name}`).digest('hex');
  const base = `${marker}-${column.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
  const lengths = [...numbers, column.maxLength ?? 0].filter((n) => n > 0 && n <= 512);
  const patterns = literals.flatMap((literal) => {
    const text = textForPattern(literal, (choices) => randomInt(Math.max(choices, 1)));
    return text === undefined || text === literal ? [] : [text];
  });
  const email = `${marker}@example.test`;
  const first = /e?mail/i.test(column.name) ? [email] : [];
  const many = expressions.length > 0;
  return [
    ...first,
    base,
    marker,
    digest.slice(0, 12),
    ...lengths.flatMap((n) => [
      digest.repeat(8).slice(0, n),
      digest.toUpperCase().repeat(8).slice(0, n),
    ]),
    ...(column.maxLength ? [marker.slice(-column.maxLength), '0'] : []),
    ...(many
      ? [
          ...patterns,
          email,
          `https://example.test/${marker}`,
          marker.replaceAll('-', ''),
          marker.replaceAll('-', '_'),
          base.toUpperCase(),
          digest,
          String(randomInt(1e9, 2e9)),
          `+49${randomInt(1e8, 1e9)}`,
          'en',
          'EUR',
          'Europe/Berlin',
          `#${digest.slice(0, 6)}`,
          '1.0.0',
          `/${marker}`,
          `${marker}.example.test`,
        ]
      : []),
  ];
}

function bytes(marker: string, numbers: readonly number[]): string[] {
  const digest = createHash('sha512').update(marker).update(randomUUID()).digest('hex');
  const lengths = [32, ...numbers.filter((n) => n > 0 && n <= 512), 16];
  return lengths.map((n) => `\\x${digest.repeat(8).slice(0, n * 2)}`);
}

function amounts({ baseType, type }: Column, numbers: readonly number[]): string[] {
  const near = numbers.flatMap((n) => [n, n + 1, n - 1, Math.floor(n / 2)]);
  const [, precision, scale = '0'] = /\((\d+),?(\d+)?\)/.exec(type) ?? [];
  const digits = precision ? Number(precision) - Number(scale) : 9;
  const most = baseType === 'smallint' ? 30_000 : digits >= 9 ? 2_000_000_000 : 10 ** digits;
  const least = Math.min(Math.floor(most / 2), 1_000_000_000);
  return [randomInt(least, Math.max(most, least + 1)), ...near, 1, 0, 2, -1].map(String);
}

const DAY_MS = 86_400_000;

function moments(baseType: string, expressions: readonly string[]): string[] {
  // What stands in partition bounds and checks, and days around it.
  const named = expressions.flatMap((text) => text.match(/\d{4}-\d\d-\d\d/g) ?? []);
  const times = [
    ...named.flatMap((day) => [0, 1, -1, 300, -300].map((days) => Date.parse(day) + days * DAY_MS)),
    Date.now() + randomInt(1, 300) * DAY_MS,
    Date.now() - randomInt(1, 300) * DAY_MS,
    Date.now(),
  ].filter(Number.isFinite);
  const iso = times.map((time) => new Date(time).toISOString());
  if (baseType === 'date') return iso.map((text) => text.slice(0, 10));
  if (baseType.startsWith('time ')) return iso.map((text) => text.slice(11, 19));
  return iso;
}

function ranges(baseType: string): string[] {
  const day = new Date(Date.now() + randomInt(1, 3000) * DAY_MS).toISOString();
  if (/date|ts/.test(baseType)) {
    const next = new Date(Date.parse(day) + DAY_MS).toISOString();
    return baseType.startsWith('date')
      ? [`[${day.slice(0, 10)},${next.slice(0, 10)})`, 'empty']
      : [`["${day}","${next}")`, 'empty'];
  }
  if (!/^(int|num)/.test(baseType)) return ['empty'];
  const from = randomInt(1, 1_000_000);
  return [`[${from},${from + 10})`, 'empty'];
}

function elementOf(arrayType: string): string {
  if (/^(text|character|citext|name)/.test(arrayType)) return 'S';
  if (/^(integer|bigint|smallint|numeric|real|double)/.test(arrayType)) return 'N';
  if (/^(timestamp|date|time)/.test(arrayType)) return 'D';
  return arrayType.startsWith('boolean') ? 'B' : 'U';
}

/** Literals that the type may hold at all: a cast that fails would stop the whole search. */
function fitting({ category, baseType, labels }: Column, literals: readonly string[]): string[] {
  if (category === 'S') return [...literals];
  if (labels.length > 0) return [];
  if (category === 'N') return literals.filter((text) => /^-?\d{1,9}$/.test(text));
  if (baseType === 'uuid') return literals.filter((text) => /^[0-9a-f-]{36}$/i.test(text));
  return [];
}

function literalsOf(expression: string): string[] {
  return [...expression.matchAll(/'((?:[^']|'')*)'/g)]
    .map(([, text]) => (text ?? '').replaceAll("''", "'"))
    .flatMap((text) => (/^\{.*\}$/.test(text) ? text.slice(1, -1).split(',') : [text]));
}

function numbersOf(expression: string): number[] {
  const bare = expression.replace(/'(?:[^']|'')*'/g, (text) =>
    /^'-?\d+'$/.test(text) ? text : '',
  );
  return [...bare.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
}
