// `npm run proof:faults`: ends backends and cuts sockets under 10,000 transactions instead of 2,000.
'use strict';

process.env.RINGFENCE_LONG = '1';
process.argv.push('packages/ringfence/test/faults/killed-backends.db.test.ts');
require('./test.cjs');
