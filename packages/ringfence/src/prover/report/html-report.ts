import type { Proof } from '../proof.js';
import { type Finding, OPERATIONS } from '../verdict.js';
import { markOf } from './terminal-report.js';

const NAMES: Readonly<Record<string, string>> = {
  '.': 'proven',
  L: 'leaked',
  a: 'accepted',
  '?': 'not provable',
  ' ': 'not tried',
};

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left}
.scroll{overflow-x:auto}thead th{writing-mode:vertical-rl;font-weight:500}
.leaked{background:#b3261e;color:#fff}.proven{background:#dcefdc}.accepted{background:#ffe9b0}.not{background:#e8e8e8}
code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .5rem}`;

/** The proof as one page that needs nothing else: no script, no font, no address. */
export function htmlReport(proof: Proof): string {
  const { subject, summary, findings, tenants } = proof;
  const facts: readonly [string, string][] = [
    ['Database', subject.database],
    ['Server', `PostgreSQL ${subject.server}`],
    ['Application role', subject.role],
    ['Binding', subject.binding],
    ['Tenants', tenants.join(', ')],
    ['Schema (SHA-256)', subject.schemaSha256],
    ['Time', `${proof.startedAt} – ${proof.endedAt}`],
  ];
  const title = `Isolation of ${subject.database}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p><strong>${summary.proven} proven, ${summary.leaked} leaked, ${summary.accepted} accepted, ${summary.notProvable} not provable</strong> over ${summary.objects} objects.</p>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
${pairsOf(findings)
  .map(([attacker, victim]) => matrix(findings, attacker, victim))
  .join('\n')}
<h2>Leaked, accepted and not provable</h2>
${details(findings)}
</body></html>
`;
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
  const rows = objects.map((object) => {
    const cells = used.map((operation) => {
      const mark = markOf(
        own.filter((one) => one.object === object && one.operation === operation),
      );
      const name = NAMES[mark] ?? '';
      return `<td class="${name}">${mark === ' ' ? '' : name}</td>`;
    });
    return `<tr><th scope="row">${escaped(object)}</th>${cells.join('')}</tr>`;
  });
  return `<h2>${escaped(attacker)} against ${escaped(victim)}</h2><div class="scroll"><table>
<thead><tr><td></td>${used.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function details(findings: readonly Finding[]): string {
  const rows = findings.flatMap((finding) => {
    if (finding.verdict === 'proven') return [];
    const text =
      finding.verdict === 'leaked'
        ? `${escaped(finding.learnt)}<br><code>${escaped(finding.statement)}</code>${finding.accepted === undefined ? '' : `<br>Accepted: ${escaped(finding.accepted)}`}`
        : escaped(finding.why);
    return [
      `<tr><td>${escaped(finding.attacker)}</td><td>${escaped(finding.object)}</td><td>${finding.operation}</td><td>${finding.verdict}</td><td>${text}</td></tr>`,
    ];
  });
  return rows.length === 0 ? '<p>None.</p>' : `<table>${[...new Set(rows)].join('\n')}</table>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
