import { type MutantResult, noticed } from '../mutation/mutate.js';

/** Who noticed which kind of weakening, as a Markdown table with the sum above it. */
export function mutationReport(results: readonly MutantResult[]): string {
  const made = results.filter(({ impossible }) => impossible === undefined);
  const caught = made.filter(noticed);
  const kinds = [...new Set(made.map(({ kind }) => kind))];
  const rows = kinds.map((kind) => {
    const all = made.filter((one) => one.kind === kind);
    const of = (fits: (one: MutantResult) => unknown): string =>
      `${all.filter(fits).length} of ${all.length}`;
    return `| ${kind} | ${of(({ attack }) => attack)} | ${of(({ audit }) => audit)} | ${of(({ start }) => start)} |`;
  });
  const survivors = made
    .filter((one) => !caught.includes(one))
    .map(({ kind, object }) => `- ${kind} ${object}`);
  return [
    `${made.length} mutants: ${caught.length} noticed (${made.filter(({ attack }) => attack).length} by the attack, ${made.filter(({ audit }) => audit).length} by the audit), ${survivors.length} survived.`,
    '',
    '| weakening | attack | audit | start-up check |',
    '|---|---|---|---|',
    ...rows,
    ...(survivors.length > 0 ? ['', 'Survived:', '', ...survivors] : []),
  ].join('\n');
}
