// The first thing that runs, on any Node: it must be understood by very old ones, so that they can
// say one clear sentence before anything is installed. Built-ins and old syntax only.
'use strict';

const parts = process.versions.node.split('.').map(Number);
const major = parts[0];
const minor = parts[1];

// Source: the `engines` of Vite and Prisma; Node 21 never got what 20.19 and 22.12 did.
const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23;

if (!supported) {
  // No call over several lines here: the formatter's trailing comma is too new for Node 6.
  const here = `this is Node ${process.versions.node}`;
  const sentence = `Ringfence needs Node 20.19 or newer (of Node 22: 22.12); ${here}. Use Node 24.`;
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
