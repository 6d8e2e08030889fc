import { setImmediate } from 'node:timers/promises';
import { CANDIDATES, type CandidateName, type Scenario } from './candidates/index.js';
import { type DatasetSize, drawSamples, type Sample, tenantShares } from './dataset.js';

/** One candidate in a process of its own: neither its garbage nor its compiled code is another's. */
export interface WorkerSettings {
  readonly candidate: CandidateName;
  readonly url: string;
  readonly connections: number;
  readonly size: DatasetSize;
}

/** What to do next. */
export type WorkerOrder =
  | {
      readonly kind: 'run';
      readonly scenario: Scenario;
      readonly clients: number;
      readonly milliseconds: number;
    }
  | { readonly kind: 'answers' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'end' };

/** What a slice of work took. */
export interface Slice {
  readonly operations: number;
  readonly rows: number;
  readonly seconds: number;
  /** CPU of this process per operation, in microseconds. */
  readonly cpu: number;
}

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const { title, make } = CANDIDATES[settings.candidate];
const shares = tenantShares(settings.size);
const samples = drawSamples(shares, 5000);
const candidate = make({ ...settings, name: `bench ${settings.candidate}` });
let next = 0;

const takeSample = (): Sample => {
  next = (next + 1) % samples.length;
  return samples[next] as Sample;
};

async function run(scenario: Scenario, clients: number, milliseconds: number): Promise<Slice> {
  const work = candidate[scenario];
  const begun = process.hrtime.bigint();
  const end = begun + BigInt(milliseconds) * 1_000_000n;
  const cpu = process.cpuUsage();
  let operations = 0;
  let rows = 0;
  const client = async (): Promise<void> => {
    while (process.hrtime.bigint() < end) {
      // As requests come: in a tick of their own. In one tick Prisma would send 32 reads as one.
      await setImmediate();
      rows += await work(takeSample());
      operations += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const used = process.cpuUsage(cpu);
  return {
    operations,
    rows,
    seconds: Number(process.hrtime.bigint() - begun) / 1e9,
    cpu: (used.user + used.system) / operations,
  };
}

/** The first samples of every reading scenario, as counts: the same for every candidate. */
async function answers(): Promise<number[]> {
  const counts: number[] = [];
  for (const sample of samples.slice(0, 8)) {
    for (const scenario of ['read', 'list', 'include', 'batch', 'interactive'] as const) {
      counts.push(await candidate[scenario](sample));
    }
  }
  return counts;
}

/** Owner first, then somebody else: [seen by its owner, seen by another tenant]. */
async function foreign(): Promise<[number, number]> {
  const [own] = samples;
  const other = samples.find(({ tenantId }) => tenantId !== own?.tenantId);
  if (!own || !other) throw new Error('The benchmark needs two tenants.');
  return [await candidate.read(own), await candidate.foreignRead(other, own.documentId)];
}

process.on('message', (order: WorkerOrder) => {
  const answer = (): Promise<unknown> => {
    if (order.kind === 'run') return run(order.scenario, order.clients, order.milliseconds);
    if (order.kind === 'answers') return answers();
    if (order.kind === 'foreign') return foreign();
    return candidate.end();
  };
  answer().then(
    (result) => {
      process.send?.({ result });
      if (order.kind === 'end') process.disconnect();
    },
    (error: Error) => process.send?.({ error: `${title}: ${error.stack}` }),
  );
});
// Nobody is left to give orders.
process.once('disconnect', () => process.exit());
