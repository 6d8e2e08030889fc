import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { exportFailures, ServerTelemetry } from './server-telemetry.js';

const BASIC = { DATABASE_URL: 'postgres://app@db/app', JWT_KEYS_FILE: 'x', ACCOUNT_KEYS_FILE: 'x' };
const start = (env: Record<string, string> = {}) =>
  ServerTelemetry.start(readConfig({ ...BASIC, ...env }), () => undefined);

let running: ServerTelemetry | undefined;
afterEach(() => running?.stop());

describe('what is told of the server', () => {
  it('is nothing unless it is asked for: nobody observes a request or statement', async () => {
    running = await start();
    expect(running.observers).toEqual([]);
    expect(running.statements).toEqual([]);
    expect(running.tracing).toBeUndefined();
    expect(running.scrapePort).toBeUndefined();
    expect(await running.work.follow('x')(async () => 7)).toBe(7);
  });

  it('asks for its token, in full', async () => {
    const token = 'a-token-of-some-length';
    running = await start({ METRICS_PORT: '0', METRICS_TOKEN: token });
    const ask = async (authorization?: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await fetch(`http://127.0.0.1:${running?.scrapePort}/metrics`, { headers })).status;
    };
    expect(await ask()).toBe(401);
    expect(await ask(`Bearer ${token.slice(1)}`)).toBe(401);
    expect(await ask(token)).toBe(401);
    expect(await ask(`Bearer ${token}`)).toBe(200);
  });

  it('is not shown to others without a token, and says which port is in use', async () => {
    expect(() => readConfig({ ...BASIC, METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' })).toThrow(
      /METRICS_TOKEN must be set/,
    );
    running = await start({ METRICS_PORT: '0' });
    await expect(start({ METRICS_PORT: String(running.scrapePort) })).rejects.toMatchObject({
      code: 'START_FAILED',
      detail: 'The port of METRICS_PORT cannot be opened.',
    });
  });

  it('goes on when a collector is away, with one line a minute', async () => {
    running = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect(running.tracing).toBeDefined();
    await running.stop();
    running = undefined;
    const lines: object[] = [];
    const logger = {
      info: () => {},
      error: () => {},
      warn: (line: object) => void lines.push(line),
    };
    let now = 0;
    const failed = exportFailures(logger, () => now);
    for (now of [0, 10_000, 59_000, 61_000]) failed();
    expect(lines).toEqual([
      { event: 'telemetry_not_exported' },
      { event: 'telemetry_not_exported' },
    ]);
  });
});
