// What `npm start` and `npm test` do first: bring the clone to where it can run, doing only what is
// missing and saying each step in one line. Built-ins only: there may be no node_modules yet.
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { alone } = require('./alone.cjs');
const { npm, run, step } = require('./steps.cjs');

const ROOT = path.resolve(__dirname, '..');
const INSTALLED = path.join(ROOT, 'node_modules', '.package-lock.json');
const GENERATED = path.join(ROOT, 'node_modules', '.ringfence-generated');

/** Makes the clone ready; with `build`, also compiles it. Rejects with an error that was explained. */
async function prepare({ build }) {
  await alone(path.join(ROOT, '.ringfence', 'preparing'), async () => {
    if (!isInstalled()) {
      await step('installing packages', () =>
        npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], ROOT),
      );
    }
    const stamp = schemaStamp();
    if (stamp !== undefined) {
      await step('generating the database client', () =>
        npm(['run', '--silent', 'generate', '--workspaces', '--if-present'], ROOT),
      );
      fs.writeFileSync(GENERATED, stamp);
    }
    if (build) {
      const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      await step('building', () => run(process.execPath, [tsc, '-b'], ROOT));
    }
  });
}

/**
 * Does node_modules hold what the lock file says? npm writes down what it has installed when it is
 * done, so an interrupted install counts as none, and one made by hand is not repeated.
 */
function isInstalled() {
  const wanted = readJson(path.join(ROOT, 'package-lock.json')).packages;
  const there = readJson(INSTALLED)?.packages;
  if (!there) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    const found = there[place];
    if (!place.includes('node_modules/')) return true;
    if (!found) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** What the generated clients depend on, when they are missing or were made from something else. */
function schemaStamp() {
  const hash = createHash('sha256');
  hash.update(fs.readFileSync(path.join(__dirname, 'generate.cjs')));
  hash.update(fs.readFileSync(INSTALLED));
  let complete = true;
  for (const schema of findSchemas()) {
    const text = fs.readFileSync(schema, 'utf8');
    hash.update(`${path.relative(ROOT, schema)}\0${text}\0`);
    const output = /^\s*output\s*=\s*"([^"]+)"/m.exec(text);
    if (output && !fs.existsSync(path.resolve(path.dirname(schema), output[1]))) complete = false;
  }
  const stamp = hash.digest('hex');
  const made = fs.existsSync(GENERATED) ? fs.readFileSync(GENERATED, 'utf8') : '';
  return complete && made === stamp ? undefined : stamp;
}

/** Every schema.prisma of the workspaces. */
function findSchemas() {
  const found = [];
  const walk = (folder) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const each = path.join(folder, entry.name);
      const skipped = ['node_modules', 'dist', 'generated'].includes(entry.name);
      if (entry.isDirectory() && !skipped) walk(each);
      else if (entry.isFile() && entry.name.endsWith('.prisma')) found.push(each);
    }
  };
  walk(path.join(ROOT, 'apps'));
  walk(path.join(ROOT, 'packages'));
  return found.sort();
}

function readJson(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

module.exports = { prepare, ROOT };
