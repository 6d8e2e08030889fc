import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeOwnership } from './owner-lock.js';

describe('the lock on a server folder', () => {
  let folder: string;
  let file: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ringfence-lock-'));
    file = path.join(folder, 'owner');
  });

  afterEach(() => {
    child?.kill('SIGKILL');
    child = undefined;
    rmSync(folder, { recursive: true });
  });

  it('has one holder, and leaves nothing behind', () => {
    const release = takeOwnership(file);
    expect(() => takeOwnership(file)).toThrow(
      expect.objectContaining({ code: 'EMBEDDED_SERVER_IN_USE' }),
    );
    release();
    expect(readdirSync(folder)).toEqual([]);
    takeOwnership(file)();
  });

  it('is respected while another process lives, and taken over when it is gone', async () => {
    child = spawn('sleep', ['60']);
    const pid = Number(child.pid);
    writeFileSync(file, identity(pid));
    expect(() => takeOwnership(file)).toThrow(`Process ${pid} runs`);

    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    takeOwnership(file)();
  });

  it('is taken over from a process whose number was given to another one', () => {
    writeFileSync(file, `${process.pid} 1`);
    takeOwnership(file)();
  });

  it.runIf(process.platform === 'linux')('is taken over from a zombie', async () => {
    // The shell turns into a program that never asks after its child.
    child = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
    const pid = await new Promise<number>((resolve) => {
      child?.stdout?.once('data', (text) => resolve(Number(String(text).trim())));
    });
    writeFileSync(file, identity(pid));
    while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await sleep(20);
    takeOwnership(file)();
  });
});

/** What the lock says of a process, written without the code under test. */
function identity(pid: number): string {
  if (process.platform !== 'linux') return `${pid} `;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return `${pid} ${fields[19]}`;
}
