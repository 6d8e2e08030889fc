import { type MutationProof, noticed } from '../mutation/mutate.js';
import { detailTable, escaped, page } from './page.js';

/** What became of each mutant, as one page. */
export function mutationHtmlReport(proof: MutationProof): string {
  const { subject, summary, results } = proof;
  const rows = results.map((one) => {
    const { kind, object, sql, attack, audit, start, impossible } = one;
    const survived = impossible === undefined && !noticed(one);
    const who = [
      ...(attack === undefined ? [] : [`attack: ${attack}`]),
      ...(audit === undefined ? [] : [`audit: ${audit.length} findings`]),
      ...(start ? ['start-up check'] : []),
      ...(impossible === undefined ? [] : [`impossible here: ${impossible}`]),
    ];
    return [
      `<strong class="${survived ? 'leaked' : 'proven'}">${survived ? 'survived' : 'noticed'}</strong>`,
      escaped(kind),
      escaped(object),
      escaped(who.join('; ')),
      `<code>${escaped(sql)}</code>`,
    ];
  });
  return page(
    `Mutants of ${subject.database}`,
    `${summary.mutants} mutants, ${summary.noticed} noticed, ${summary.survived} survived.`,
    [
      ['Database', subject.database],
      ['Server', `PostgreSQL ${subject.server}`],
      ['Application role', subject.role],
      ['Schema (SHA-256)', subject.schemaSha256],
      ['Time', `${proof.startedAt} – ${proof.endedAt}`],
    ],
    detailTable(rows),
  );
}
