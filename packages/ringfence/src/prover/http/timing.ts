/** How long two kinds of request took, and whether that differs. */
export interface TimingDifference {
  readonly route: string;
  readonly samples: number;
  readonly foreignMedianMs: number;
  readonly absentMedianMs: number;
  /** Two-sided, of the Mann-Whitney U test with the normal approximation. */
  readonly p: number;
}

/** Compares times of requests for a foreign and for an absent id. */
export function compareTimes(
  route: string,
  foreign: readonly number[],
  absent: readonly number[],
): TimingDifference {
  return {
    route,
    samples: Math.min(foreign.length, absent.length),
    foreignMedianMs: rounded(median(foreign)),
    absentMedianMs: rounded(median(absent)),
    p: rounded(mannWhitney(foreign, absent)),
  };
}

function mannWhitney(one: readonly number[], other: readonly number[]): number {
  const all = [
    ...one.map((value) => ({ value, first: true })),
    ...other.map((value) => ({ value, first: false })),
  ];
  all.sort((a, b) => a.value - b.value);
  const ranks = all.reduce((sum, { first }, at) => sum + (first ? at + 1 : 0), 0);
  const [n, m] = [one.length, other.length];
  if (n === 0 || m === 0) return 1;
  const u = ranks - (n * (n + 1)) / 2;
  const z = (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  return 2 * (1 - normal(Math.abs(z)));
}

/** The standard normal distribution function. @see Abramowitz and Stegun, 26.2.17 */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const tail =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
