import { EventEmitter } from 'node:events';
import type { EventLogger } from 'ringfence/telemetry';
import { describe, expect, it } from 'vitest';
import { hearProcessFaults } from './hear-process-faults.js';

const SECRET = 'Key (email)=(ada@example.test)';

function hear() {
  const lines: object[] = [];
  const write = (fields: object): void => void lines.push(fields);
  const logger: EventLogger = { info: write, warn: write, error: write };
  const process = new EventEmitter();
  const printed: unknown[] = [];
  process.on('warning', (warning) => printed.push(warning));
  let ended = 0;
  const stop = hearProcessFaults(logger, () => (ended += 1), process as unknown as NodeJS.Process);
  return { lines, printed, process, stop, ended: () => ended };
}

describe('faults outside of any request', () => {
  it.each([
    ['uncaughtException', 'uncaught_exception'],
    ['unhandledRejection', 'unhandled_rejection'],
  ])('%s ends the process with a line that holds no text', (name, event) => {
    const { lines, process, ended } = hear();
    process.emit(name, Object.assign(new Error(SECRET), { code: '23505', detail: SECRET }));
    process.emit(name, SECRET);
    expect(lines).toMatchObject([
      { event, error: { type: 'Error', code: '23505' } },
      { event, error: { type: 'string' } },
    ]);
    expect(JSON.stringify(lines)).not.toContain('ada@');
    expect(ended()).toBe(2);
  });

  it('a warning is a line, and nothing prints its text', () => {
    const { lines, printed, process, stop, ended } = hear();
    process.emit('warning', Object.assign(new Error(SECRET), { name: 'DeprecationWarning' }));
    expect(lines).toMatchObject([{ event: 'process_warning', error: { type: 'Error' } }]);
    expect(JSON.stringify(lines)).not.toContain('ada@');
    expect(printed).toEqual([]);
    expect(ended()).toBe(0);
    stop();
    process.emit('warning', new Error('x'));
    expect(printed).toHaveLength(1);
  });
});
