// Starts the product as a newcomer would (`npm start`), logs in, presses Ctrl-C, and sees that
// nothing is left. CI runs it on every supported Node; built-ins only.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const PATIENCE_MS = 300_000;

async function smoke() {
  // A group of its own, like a terminal's: a Ctrl-C reaches npm and everything below it at once.
  const start = spawn('npm', ['start'], {
    cwd: path.resolve(__dirname, '..'),
    detached: true,
    env: Object.assign({}, process.env, { PORT: '0' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let end;
  start.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  const ended = new Promise((resolve) => {
    start.once('close', (code, signal) => {
      end = code ?? signal;
      resolve(end);
    });
  });
  const late = setTimeout(() => process.kill(-start.pid, 'SIGTERM'), PATIENCE_MS);
  while (!output.includes('Ctrl-C stops everything')) {
    if (end !== undefined) throw new Error(`npm start ended with ${end}`);
    await sleep(100);
  }
  const port = /is ready: http:\/\/localhost:(\d+)/.exec(output)[1];
  const login = await fetch(`http://127.0.0.1:${port}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      tenant: 'acme',
      email: 'owner@acme.test',
      password: 'ringfence-demo',
    }),
  });
  if (login.status !== 200) throw new Error(`login answered ${login.status}`);
  process.kill(-start.pid, 'SIGINT');
  const code = await ended;
  clearTimeout(late);
  // npm sends the signal to itself again when everything below it has ended.
  if (code !== 0 && code !== 'SIGINT') throw new Error(`after Ctrl-C npm start ended with ${code}`);
  const answers = await fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => true,
    () => false,
  );
  if (answers) throw new Error('after Ctrl-C the server still answers');
  process.stdout.write(`smoke run passed on Node ${process.versions.node}\n`);
}

smoke().catch((error) => {
  process.stderr.write(`smoke run failed: ${error.message}\n`);
  process.exit(1);
});
