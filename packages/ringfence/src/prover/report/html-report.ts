import type { Proof } from '../proof.js';
import { type Finding, OPERATIONS } from '../verdict.js';
import { detailTable, escaped, type Mark, matrixTable, page } from './page.js';
import { markOf } from './terminal-report.js';

const NAMES: Readonly<Record<string, Mark>> = {
  '.': 'proven',
  L: 'leaked',
  a: 'accepted',
  '?': 'not provable',
};

/** The proof of a database as one page. */
export function htmlReport(proof: Proof): string {
  const { subject, summary, findings, tenants } = proof;
  return page(
    `Isolation of ${subject.database}`,
    `${summary.proven} proven, ${summary.leaked} leaked, ${summary.accepted} accepted, ${summary.notProvable} not provable over ${summary.objects} objects.`,
    [
      ['Database', subject.database],
      ['Server', `PostgreSQL ${subject.server}`],
      ['Application role', subject.role],
      ['Binding', subject.binding],
      ['Tenants', tenants.join(', ')],
      ['Schema (SHA-256)', subject.schemaSha256],
      ['Time', `${proof.startedAt} – ${proof.endedAt}`],
    ],
    `${pairsOf(findings)
      .map(([attacker, victim]) => matrix(findings, attacker, victim))
      .join('\n')}
<h2>Leaked, accepted and not provable</h2>
${details(findings)}`,
  );
}

function pairsOf(findings: readonly Finding[]): [string, string][] {
  const pairs = new Map(
    findings.map(({ attacker, victim }) => [
      `${attacker} ${victim}`,
      [attacker, victim] as [string, string],
    ]),
  );
  return [...pairs.values()];
}

function matrix(findings: readonly Finding[], attacker: string, victim: string): string {
  const own = findings.filter((one) => one.attacker === attacker && one.victim === victim);
  const objects = [...new Set(own.map(({ object }) => object))];
  const used = OPERATIONS.filter((name) => own.some(({ operation }) => operation === name));
  const table = matrixTable(objects, used, (object, operation) => {
    const cell = own.filter((one) => one.object === object && one.operation === operation);
    return NAMES[markOf(cell)] ?? '';
  });
  return `<h2>${escaped(attacker)} against ${escaped(victim)}</h2>${table}`;
}

function details(findings: readonly Finding[]): string {
  return detailTable(
    findings.flatMap((finding) => {
      if (finding.verdict === 'proven') return [];
      const { attacker, object, operation, verdict, accepted } = finding;
      const reason = accepted === undefined ? '' : `<br>Accepted: ${escaped(accepted)}`;
      const text =
        finding.verdict === 'leaked'
          ? `${escaped(finding.learnt)}<br><code>${escaped(finding.statement)}</code>${reason}`
          : escaped(finding.why);
      return [[escaped(attacker), escaped(object), operation, verdict, text]];
    }),
  );
}
