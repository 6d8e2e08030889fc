// `npm start`: installs and builds what is missing, then hands over to apps/server/src/dev/up.ts.
// Only this file and check-node.cjs must be understood by an old Node.
'use strict';

require('./check-node.cjs');
require('./run-start.cjs');
