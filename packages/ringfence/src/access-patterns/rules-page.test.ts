import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AccessRule } from './access-rule.js';
import { DEFAULT_RULES } from './default-rules.js';

const PAGE = path.resolve(import.meta.dirname, '../../../../docs/access-patterns.md');

const LENGTHS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

function length(seconds: number): string {
  if (seconds === 0) return 'ever';
  const [unit, name] = LENGTHS.find(([each]) => seconds % each === 0) ?? [1, 's'];
  return `${seconds / unit} ${name}`;
}

function rowOf(rule: AccessRule): string {
  const { factor, days, networks } = rule.baseline ?? {};
  const conditions = [
    ...(factor === undefined ? [] : [`${factor}× the busiest hour before`]),
    ...(days === undefined ? [] : [`known for ${days} days`]),
    ...(networks === undefined ? [] : [`from at most ${networks} networks`]),
  ];
  const at = [rule.threshold.toLocaleString('en-US'), ...conditions].join(', ');
  const kinds = {
    times: rule.signal,
    distinct: `distinct ${rule.signal}`,
    fresh: `new ${rule.signal}`,
  };
  return `| \`${rule.name}\` | ${rule.severity} | ${kinds[rule.counts]} | ${rule.per} | ${at} | ${length(rule.window)} | ${length(rule.coolDown)} |`;
}

describe('docs/access-patterns.md', () => {
  it('holds the rules and thresholds as they are in the code', () => {
    const page = readFileSync(PAGE, 'utf8');
    const rows = page.match(/^\| `[a-z-]+` \|.*$/gm) ?? [];
    expect(rows).toEqual(DEFAULT_RULES.map(rowOf));
  });

  it('says what each rule means', () => {
    const page = readFileSync(PAGE, 'utf8').replace(/\s+/g, ' ');
    expect(DEFAULT_RULES.filter(({ sentence }) => !page.includes(sentence))).toEqual([]);
  });

  it('shows how a receiver verifies a webhook, and it does', async () => {
    const { signWebhook } = await import('../delivery/index.js');
    const { createHmac, randomBytes } = await import('node:crypto');
    const [snippet = ''] = readFileSync(PAGE, 'utf8').match(/(?<=```js\n)[\s\S]*?(?=```)/) ?? [];
    const verify = new Function(
      'createHmac',
      'secret',
      'headers',
      'rawBody',
      `${snippet}; return good;`,
    );
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const rawBody = '{"id":"1"}';
    const message = { id: 'a', timestamp: Math.floor(Date.now() / 1000), body: rawBody };
    const headers = signWebhook(message, [secret]);
    expect(verify(createHmac, secret, headers, rawBody)).toBe(true);
    expect(verify(createHmac, secret, headers, `${rawBody} `)).toBe(false);
    const old = signWebhook({ ...message, timestamp: message.timestamp - 301 }, [secret]);
    expect(verify(createHmac, secret, old, rawBody)).toBe(false);
  });
});
