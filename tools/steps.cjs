'use strict';
const { spawn } = require('node:child_process');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs one step and shows it as one line: what, a dot every two seconds, how long it took. */
async function step(title, work) {
  const begun = Date.now();
  process.stdout.write(`  ${title} `);
  const dots = setInterval(() => process.stdout.write('.'), 2000);
  try {
    await work();
    process.stdout.write(` ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
  } catch (error) {
    process.stdout.write(' failed\n');
    throw error;
  } finally {
    clearInterval(dots);
  }
}

/** Runs a program quietly; what it printed is shown only when it fails. */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    // An install that goes on without us would get in the way of the next start's.
    const stop = (signal) => {
      child.kill(signal);
      process.exit(1);
    };
    for (const each of SIGNALS) process.on(each, stop);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const each of SIGNALS) process.removeListener(each, stop);
      if (code === 0) return resolve();
      process.stdout.write(`\n${output}`);
      const shown = [program, ...args].map((part) => part.replace(/^.*[\\/]/, '')).join(' ');
      const error = new Error(`"${shown}" ended with ${signal ?? `code ${code}`}; see above.`);
      error.known = true;
      return reject(error);
    });
  });
}

/** Runs npm: the one that runs us, else the one on the PATH. */
function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  return cli && /npm-cli\.[cm]?js$/.test(cli)
    ? run(process.execPath, [cli, ...args], cwd)
    : run('npm', args, cwd);
}

module.exports = { npm, run, step };
