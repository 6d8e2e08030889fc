import { HTTP_CHECKS, type HttpFinding } from '../http/http-attack.js';
import type { HttpProof } from '../http/prove-http.js';
import { detailTable, escaped, type Mark, matrixTable, page } from './page.js';

/** The proof of a running server as one page: routes × checks, each way round. */
export function httpHtmlReport(proof: HttpProof): string {
  const { summary, findings, timing } = proof;
  const directions = [
    ['a', 'b'],
    ['b', 'a'],
  ] as const;
  const told = findings.filter(({ verdict }) => verdict !== 'proven');
  return page(
    `Isolation of ${proof.server}`,
    `${summary.proven} proven, ${summary.leaked} leaked, ${summary.notProvable} not provable over ${summary.routes} routes.`,
    [
      ['Server', proof.server],
      ['OpenAPI document (SHA-256)', proof.documentSha256],
      ['Requests', String(proof.requests)],
      ['Time', `${proof.startedAt} – ${proof.endedAt}`],
    ],
    `${directions.map(([attacker, victim]) => matrix(findings, attacker, victim)).join('\n')}
<h2>Leaked and not provable</h2>
${detailTable(
  told.map(({ attacker, victim, route, check, verdict, detail }) => [
    `${attacker} against ${victim}`,
    escaped(route),
    check,
    verdict,
    `<code>${escaped(detail)}</code>`,
  ]),
)}
<h2>Differences in time</h2>
<p>Foreign against absent ids, Mann-Whitney, two-sided. They are for people to judge.</p>
${detailTable(
  timing.map(({ route, samples, foreignMedianMs, absentMedianMs, p }) => [
    escaped(route),
    `${samples} pairs`,
    `foreign ${foreignMedianMs} ms`,
    `absent ${absentMedianMs} ms`,
    `p = ${p}`,
  ]),
)}`,
  );
}

function matrix(findings: readonly HttpFinding[], attacker: string, victim: string): string {
  const own = findings.filter((one) => one.attacker === attacker && one.victim === victim);
  const routes = [...new Set(own.map(({ route }) => route))];
  const used = HTTP_CHECKS.filter((name) => own.some(({ check }) => check === name));
  const table = matrixTable(routes, used, (route, name): Mark => {
    const cell = own.find((one) => one.route === route && one.check === name);
    return cell?.verdict === 'not-provable' ? 'not provable' : (cell?.verdict ?? '');
  });
  return `<h2>${attacker} against ${victim}</h2>${table}`;
}
