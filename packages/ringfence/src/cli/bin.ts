#!/usr/bin/env node
import { main } from './main.js';

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  out: console.log,
});
