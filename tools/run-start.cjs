'use strict';
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { prepare } = require('./prepare.cjs');

const UP = path.resolve(__dirname, '../apps/server/dist/dev/up.js');

prepare({ build: true })
  // In this very process: one process fewer to stop, and to lose.
  .then(() => import(pathToFileURL(UP).href))
  .then(({ up }) => up())
  .catch((error) => {
    process.stderr.write(`\n${error.known ? error.message : error.stack}\n`);
    process.exit(1);
  });
