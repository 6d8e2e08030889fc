import { expect, it } from 'vitest';
import { countFindings, type Proof } from '../proof.js';
import type { Finding } from '../verdict.js';
import { htmlReport } from './html-report.js';
import { terminalReport } from './terminal-report.js';

const HOSTILE = `public."<b>\u001b[31m\n""x${'y'.repeat(90)}`;
const cell = { attacker: 'a', victim: 'b', object: HOSTILE, kind: 'table' } as const;
const findings: Finding[] = [
  {
    ...cell,
    operation: 'read',
    verdict: 'leaked',
    statement: `SELECT ${'long '.repeat(60)}`,
    learnt: '<script>',
  },
  { ...cell, operation: 'count', verdict: 'proven', how: 'counted 0' },
  {
    ...cell,
    operation: 'copy',
    verdict: 'leaked',
    statement: 'COPY',
    learnt: 'x',
    accepted: 'known',
  },
  { ...cell, object: 'public.calm', operation: 'explain', verdict: 'not-provable', why: 'limit' },
];
const proof: Proof = {
  format: 'ringfence-proof/1',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:01.000Z',
  subject: { database: 'd', server: '18', role: 'app', binding: 'SELECT 1', schemaSha256: 'ab' },
  tenants: ['a', 'b'],
  summary: countFindings(findings),
  findings,
};

it('the terminal report keeps to 80 columns and lets no control character through', () => {
  const lines = terminalReport(proof);
  for (const line of lines) {
    expect(line.length, line).toBeLessThanOrEqual(80);
    expect(line).not.toMatch(/\p{Cc}/u);
  }
  expect(lines.join('\n')).toContain('LEAKED');
  expect(lines.join('\n')).toContain('2 objects: 1 proven, 1 leaked, 1 accepted, 1 not provable');
});

it('the HTML report escapes everything and needs nothing from elsewhere', () => {
  const html = htmlReport(proof);
  expect(html).not.toContain('<script>');
  expect(html).not.toContain('<b>');
  expect(html).not.toMatch(/https?:|src=|@import/);
  expect(html).toContain('class="leaked"');
});
