import type { CandidateName, Scenario } from './candidates/index.js';
import type { CrewMember, MeasuredSlice } from './crew.js';
import { median, medianError } from './statistics.js';

/** One candidate in one scenario, next to the one it is compared with. */
export interface Cell {
  readonly candidate: string;
  readonly scenario: Scenario;
  readonly clients: number;
  readonly delay: number;
  /** Median of the per-round ratios of throughput. */
  readonly ratio: number;
  /** What the ratio may be off by in this run. */
  readonly error: number;
  /** Median of operations per second: of this machine in this hour. */
  readonly throughput: number;
  /** Medians of CPU per operation in microseconds. */
  readonly clientCpu: number;
  readonly serverCpu: number | undefined;
  /** CPU of both sides, against the same of the base. */
  readonly cpuRatio: number | undefined;
}

/** What is measured, and how long. */
export interface Measurement {
  readonly scenario: Scenario;
  readonly clients: number;
  readonly delay: number;
  readonly rounds: number;
  readonly milliseconds: number;
}

/**
 * Runs all candidates in turn, round by round, and compares within the round: what disturbs the
 * machine for longer than a slice disturbs both sides of a ratio. The order changes with the round.
 */
export async function measure(
  crew: readonly CrewMember[],
  base: (candidate: string) => CandidateName,
  { scenario, clients, delay, rounds, milliseconds }: Measurement,
): Promise<Cell[]> {
  const slices = new Map<string, MeasuredSlice[]>(crew.map(({ name }) => [name, []]));
  // A round to warm up: compile, connect, name statements.
  for (const member of crew) await member.run(scenario, clients, milliseconds);
  for (let round = 0; round < rounds; round += 1) {
    const start = (round * 5) % crew.length;
    for (const member of [...crew.slice(start), ...crew.slice(0, start)]) {
      slices.get(member.name)?.push(await member.run(scenario, clients, milliseconds));
    }
  }
  return crew.map(({ name }) => {
    const own = slices.get(name) ?? [];
    const theirs = slices.get(base(name)) ?? own;
    const ratios = own.map((slice, at) => rate(slice) / rate(theirs[at] ?? slice));
    return {
      candidate: name,
      scenario,
      clients,
      delay,
      ratio: median(ratios),
      error: medianError(ratios),
      throughput: median(own.map(rate)),
      clientCpu: median(own.map(({ cpu }) => cpu)),
      serverCpu: medianOf(own.map(({ serverCpu }) => serverCpu)),
      cpuRatio: medianOf(own.map((slice, at) => divide(cpu(theirs[at] ?? slice), cpu(slice)))),
    };
  });
}

const rate = ({ operations, seconds }: MeasuredSlice): number => operations / seconds;

function cpu({ cpu: client, serverCpu }: MeasuredSlice): number | undefined {
  return serverCpu === undefined ? undefined : client + serverCpu;
}

/** The base's CPU over one's own: above 1 is better, as with throughput. */
function divide(base: number | undefined, own: number | undefined): number | undefined {
  return base === undefined || own === undefined ? undefined : base / own;
}

function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? median(known) : undefined;
}
