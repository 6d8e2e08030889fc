import type { Cell } from './measure.js';

/** What a ratio is held against. */
export interface Target {
  readonly candidate: string;
  readonly scenarios: readonly string[];
  readonly base: string;
  readonly atLeast: number;
}

const READS = ['read', 'list', 'include'];

/** The promises of docs/performance.md. */
export const TARGETS: readonly Target[] = [
  { candidate: 'proven', scenarios: [...READS, 'interactive'], base: 'prisma', atLeast: 1 },
  { candidate: 'proven', scenarios: READS, base: 'documented', atLeast: 3 },
  { candidate: 'unproven', scenarios: READS, base: 'prisma', atLeast: 1.1 },
  { candidate: 'unproven', scenarios: READS, base: 'documented', atLeast: 3.5 },
  { candidate: 'unproven', scenarios: READS, base: 'named', atLeast: 0.95 },
  { candidate: 'pg-proven', scenarios: READS, base: 'pg', atLeast: 0.9 },
  { candidate: 'pg-unproven', scenarios: READS, base: 'pg', atLeast: 0.9 },
];

/** How one cell of a run stands to one target. */
export interface Verdict {
  readonly target: Target;
  readonly cell: Cell;
  readonly ratio: number;
  readonly noise: number;
  readonly verdict: 'held' | 'tie' | 'missed';
}

/**
 * Holds the cells of a run against the targets. Within the run's own noise of a target a ratio is a
 * tie: the noise is what a candidate differs from itself, and what both medians may be off by.
 */
export function judge(cells: readonly Cell[]): Verdict[] {
  return TARGETS.flatMap((target) =>
    cells
      .filter((cell) => cell.candidate === target.candidate)
      .filter((cell) => target.scenarios.includes(cell.scenario))
      .flatMap((cell) => {
        const beside = (name: string): Cell | undefined => cells.find(isBeside(cell, name));
        const base = beside(target.base);
        if (!base) return [];
        // Both are relative to the same base within each round, except where the base is their own.
        const ratio = cell.ratio / (base.ratio || 1);
        const again = beside('again');
        const self = again ? Math.abs(again.ratio - 1) : 0;
        const noise = ratio * Math.hypot(self, cell.error / cell.ratio, base.error / base.ratio);
        const distance = ratio - target.atLeast;
        const verdict = distance > noise ? 'held' : distance < -noise ? 'missed' : 'tie';
        return [{ target, cell, ratio, noise, verdict } as const];
      }),
  );
}

function isBeside(cell: Cell, name: string): (other: Cell) => boolean {
  return (other) =>
    other.candidate === name &&
    other.scenario === cell.scenario &&
    other.clients === cell.clients &&
    other.delay === cell.delay;
}
