import { expect, it } from 'vitest';
import type { HttpProof } from '../http/prove-http.js';
import type { MutationProof } from '../mutation/mutate.js';
import { countFindings, type Proof } from '../proof.js';
import type { Finding } from '../verdict.js';
import { htmlReport } from './html-report.js';
import { httpHtmlReport } from './http-html-report.js';
import { mutationHtmlReport } from './mutation-html-report.js';
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

const http: HttpProof = {
  format: 'ringfence-http-proof/1',
  startedAt: proof.startedAt,
  endedAt: proof.endedAt,
  server: '127.0.0.1:3000',
  documentSha256: 'ab',
  requests: 12,
  summary: { routes: 1, proven: 1, leaked: 1, notProvable: 0 },
  findings: (['foreign-id', 'etag'] as const).map((check) => ({
    attacker: 'a',
    victim: 'b',
    route: 'GET /<b>/{id}',
    check,
    verdict: check === 'etag' ? 'proven' : 'leaked',
    detail: '<script>',
  })),
  timing: [{ route: 'GET /<b>', samples: 3, foreignMedianMs: 1, absentMedianMs: 2, p: 0.4 }],
};
const mutation: MutationProof = {
  format: 'ringfence-mutation/1',
  startedAt: proof.startedAt,
  endedAt: proof.endedAt,
  subject: proof.subject,
  summary: { mutants: 1, noticed: 0, survived: 1, impossible: 0 },
  results: [{ kind: 'guard-dropped', object: HOSTILE, sql: 'SELECT 1 -- class="leaked" <script>' }],
};

it.each([
  ['a database', htmlReport(proof)],
  ['a server', httpHtmlReport(http)],
  ['mutants', mutationHtmlReport(mutation)],
])('the page about %s escapes everything and needs nothing from elsewhere', (_, html) => {
  expect(html).not.toContain('<script>');
  expect(html).not.toContain('<b>');
  expect(html).not.toMatch(/https?:|src=|@import/);
  expect(html).toContain('class="leaked"');
});
