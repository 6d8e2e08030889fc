export { fingerprint, signingKey } from '../signing/index.js';
export { type Evidence, signEvidence, verifyEvidence } from './evidence/evidence.js';
export type { HttpFinding } from './http/http-attack.js';
export {
  type HttpCredentials,
  type HttpProof,
  type ProveHttpOptions,
  proveHttp,
} from './http/prove-http.js';
export {
  type MutantResult,
  type MutateOptions,
  type MutationProof,
  mutate,
  noticed,
} from './mutation/mutate.js';
export type { Proof, Summary } from './proof.js';
export { prove } from './prove.js';
export type { AcceptedLeak, ProveOptions } from './prove-options.js';
export { htmlReport } from './report/html-report.js';
export { httpHtmlReport } from './report/http-html-report.js';
export { mutationHtmlReport } from './report/mutation-html-report.js';
export { mutationReport } from './report/mutation-report.js';
export { terminalReport } from './report/terminal-report.js';
export type { BindingOptions } from './scene/tenant-binder.js';
export { type Finding, OPERATIONS, type Operation, type Verdict } from './verdict.js';
