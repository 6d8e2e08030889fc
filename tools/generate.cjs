// Writes the Prisma client of the workspace in the current folder. Prisma's command line asks for a
// schema engine that `generate` does not use; naming a program that always fails keeps it from
// downloading one, and makes any command that would need it fail loudly instead of lying.
'use strict';
const { spawnSync } = require('node:child_process');
const env = Object.assign(
  {
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/false',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
  process.env,
);
const cli = require.resolve('prisma/build/index.js', { paths: [process.cwd()] });
const schema = process.argv[2] || 'prisma/schema.prisma';
const run = spawnSync(process.execPath, [cli, 'generate', '--schema', schema], {
  env,
  encoding: 'utf8',
});
if (run.status !== 0) {
  process.stderr.write(run.stdout + run.stderr);
  process.exit(run.status || 1);
}
