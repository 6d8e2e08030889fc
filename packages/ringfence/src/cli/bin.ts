#!/usr/bin/env node
import { main } from './main.js';
import { redrawing } from './redraw.js';

const { stdout } = process;

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  colour: stdout.isTTY === true && process.env.NO_COLOR === undefined,
  out: console.log,
  ...(stdout.isTTY ? { redraw: redrawing((text) => stdout.write(text)) } : {}),
});
