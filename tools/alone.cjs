'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

/** Runs `work` while no other process of this clone does: two installs at once would break both. */
async function alone(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = identity(process.pid);
  for (let told = false; !take(file, mine); await sleep(200)) {
    const holder = read(file);
    if (holder === undefined) continue;
    if (identity(Number.parseInt(holder, 10)) !== holder) {
      if (read(file) === holder) fs.rmSync(file, { force: true });
      continue;
    }
    if (told) continue;
    told = true;
    process.stdout.write(
      `  waiting for process ${holder.split(' ')[0]}, which prepares this clone\n`,
    );
  }
  const leave = () => read(file) === mine && fs.rmSync(file, { force: true });
  process.once('exit', leave);
  try {
    return await work();
  } finally {
    process.removeListener('exit', leave);
    leave();
  }
}

/** Written whole under another name first: nobody may read half a lock. */
function take(file, mine) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, mine);
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** `pid start-time` of a process that lives; a pid alone is given to another one sooner or later. */
function identity(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat ? stat.slice(stat.lastIndexOf(')') + 2).split(' ') : [];
  // A zombie is a dead process whose parent has not asked.
  return fields[0] === 'Z' ? undefined : `${pid} ${fields[19] ?? ''}`;
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

module.exports = { alone };
