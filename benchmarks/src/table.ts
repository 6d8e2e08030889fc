import { CANDIDATES, type CandidateName } from './candidates/index.js';
import type { Cell } from './measure.js';
import type { Verdict } from './targets.js';

const percent = (value: number): string => `±${(value * 100).toFixed(0)}%`;
const microseconds = (value: number | undefined): string => value?.toFixed(0) ?? '–';

/** One scenario as a table of 80 columns: ratio first, the steadier CPU beside it. */
export function scenarioTable(cells: readonly Cell[]): string {
  const [first] = cells;
  if (!first) return '';
  const { scenario, clients, delay } = first;
  const wire = delay === 0 ? 'loopback' : `${delay} ms away`;
  const lines = cells.map((cell) =>
    [
      CANDIDATES[cell.candidate as CandidateName].title.padEnd(20),
      `${cell.ratio.toFixed(2)}x`.padStart(7),
      percent(cell.error / cell.ratio).padStart(6),
      cell.throughput.toFixed(0).padStart(9),
      microseconds(cell.clientCpu).padStart(11),
      microseconds(cell.serverCpu).padStart(11),
      (cell.cpuRatio === undefined ? '–' : `${cell.cpuRatio.toFixed(2)}x`).padStart(8),
    ].join(' '),
  );
  const head = `${scenario}, ${clients} ${clients === 1 ? 'client' : 'clients'}, ${wire}`;
  return [
    '',
    head,
    `${''.padEnd(20)} ${'ratio'.padStart(7)} ${'noise'.padStart(6)} ${'ops/s'.padStart(9)} ${'client µs'.padStart(11)} ${'server µs'.padStart(11)} ${'CPU'.padStart(8)}`,
    ...lines,
  ].join('\n');
}

/** Every target with what came out, the missed ones marked. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ target, cell, ratio, noise, verdict }) => {
    const what = `${cell.scenario} ${cell.clients}c ${cell.delay}ms`;
    return `${target.candidate.padEnd(10)} ${what.padEnd(21)} / ${target.base.padEnd(11)} ${`${ratio.toFixed(2)}x`.padStart(6)} ${percent(noise / ratio).padStart(5)}  at least ${target.atLeast.toFixed(2)}  ${verdict}`;
  });
  return ['', 'targets', ...lines].join('\n');
}
