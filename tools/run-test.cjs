'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const { prepare, ROOT } = require('./prepare.cjs');

const VITEST = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

prepare({ build: false })
  .then(() => {
    const args = [VITEST, 'run', ...process.argv.slice(2)];
    const tests = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
    // Ctrl-C reaches Vitest as well, which stops its database and ends; we end with it.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => signal !== 'SIGINT' && tests.kill(signal));
    }
    tests.on('exit', (code) => process.exit(code ?? 1));
  })
  .catch((error) => {
    process.stderr.write(`\n${error.known ? error.message : error.stack}\n`);
    process.exit(1);
  });
