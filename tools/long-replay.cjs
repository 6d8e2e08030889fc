// `npm run proof:access`: replays 50 tenants instead of 14 and writes docs/reports/access-patterns.md.
'use strict';

process.env.RINGFENCE_LONG_REPLAY = '1';
process.argv.push('packages/ringfence/src/access-patterns/replay.test.ts');
require('./test.cjs');
