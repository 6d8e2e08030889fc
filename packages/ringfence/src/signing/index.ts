export { canonical } from './canonical.js';
export { fingerprint } from './fingerprint.js';
export { type Signed, signed, verifySigned } from './signed-statement.js';
export { publicHalf, signingKey } from './signing-key.js';
