export { type MutantResult, type MutateOptions, mutate } from './mutation/mutate.js';
export type { Proof, Summary } from './proof.js';
export { prove } from './prove.js';
export type { AcceptedLeak, ProveOptions } from './prove-options.js';
export type { BindingOptions } from './scene/tenant-binder.js';
export { type Finding, OPERATIONS, type Operation, type Verdict } from './verdict.js';
