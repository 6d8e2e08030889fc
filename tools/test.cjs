// `npm test [-- what vitest understands]`: installs what is missing, then runs the tests.
// Only this file and check-node.cjs must be understood by an old Node.
'use strict';

require('./check-node.cjs');
require('./run-test.cjs');
