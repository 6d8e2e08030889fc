export { assignRings, placeOf, ringOf, type TenantFacts } from './assign-rings.js';
export { type ConductOptions, conduct } from './conduct.js';
export { countRows } from './count-rows.js';
export { judgeRing, type RingEvidence, type Verdict } from './judge-ring.js';
export { type NodeSignals, nodeSignals } from './node-signals.js';
