import { parseArgs } from 'node:util';
import { CANDIDATES, type CandidateName, SCENARIOS, type Scenario } from './candidates/index.js';
import type { DatasetSize } from './dataset.js';

/** What `npm run bench -- …` was asked for. */
export interface BenchSettings {
  readonly smoke: boolean;
  readonly size: DatasetSize;
  readonly rounds: number;
  readonly milliseconds: number;
  /** Milliseconds per scenario before anything is measured. */
  readonly warmUp: number;
  readonly clients: readonly number[];
  readonly delays: readonly number[];
  readonly scenarios: readonly Scenario[];
  readonly candidates: readonly CandidateName[];
  readonly output: string;
}

/** Connections per candidate. */
export const CONNECTIONS = 10;

/** Reads the command line; a smoke run is small in every direction. */
export function readSettings(args: readonly string[]): BenchSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      rows: { type: 'string' },
      tenants: { type: 'string' },
      rounds: { type: 'string' },
      milliseconds: { type: 'string' },
      clients: { type: 'string' },
      delays: { type: 'string' },
      scenarios: { type: 'string' },
      candidates: { type: 'string' },
      output: { type: 'string', default: 'benchmarks/results.json' },
    },
  });
  const { smoke } = values;
  const number = (given: string | undefined, small: number, full: number): number =>
    given === undefined ? (smoke ? small : full) : Number(given.replaceAll('_', ''));
  const list = <T extends string>(given: string | undefined, all: readonly T[]): readonly T[] =>
    given === undefined ? all : all.filter((each) => given.split(',').includes(each));
  return {
    smoke,
    size: {
      rows: number(values.rows, 20_000, 1_000_000),
      tenants: number(values.tenants, 50, 1000),
    },
    rounds: number(values.rounds, 1, 21),
    milliseconds: number(values.milliseconds, 20, 300),
    warmUp: smoke ? 10 : 1500,
    clients: (values.clients ?? '1,32').split(',').map(Number),
    delays: (values.delays ?? (smoke ? '1' : '0,1')).split(',').map(Number),
    scenarios: list(values.scenarios, SCENARIOS),
    candidates: list(values.candidates, Object.keys(CANDIDATES) as CandidateName[]),
    output: values.output,
  };
}
