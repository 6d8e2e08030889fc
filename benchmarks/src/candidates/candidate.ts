import type { Sample } from '../dataset.js';

/** What is measured. Each is one unit of work as an application would write it. */
export const SCENARIOS = ['read', 'list', 'include', 'insert', 'batch', 'interactive'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** One way to reach the database; every scenario answers with how many rows it has seen. */
export interface Candidate extends Readonly<Record<Scenario, (sample: Sample) => Promise<number>>> {
  /** Reads another tenant's document as the sample's tenant; rows that it should not have seen. */
  readonly foreignRead: (sample: Sample, documentId: string) => Promise<number>;
  readonly end: () => Promise<void>;
}

/** How to build a candidate in a process of its own. */
export interface CandidateOptions {
  readonly url: string;
  readonly name: string;
  readonly connections: number;
}
