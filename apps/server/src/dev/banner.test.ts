import { expect, it } from 'vitest';
import { banner } from './banner.js';

const facts = {
  port: 65535,
  dataFolder: '/srv/clone/.ringfence',
  logFile: '/srv/clone/.ringfence/server.log',
  connectionFile: '/srv/clone/.ringfence/connection.json',
  folder: '/srv/clone',
};

it('fits into 80 columns and shows paths from where one stands', () => {
  const text = banner({ ...facts, mode: 'demo' });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain('.ringfence/connection.json');
  expect(text).not.toContain('/srv/clone');
});

it('tells nobody a demo login in production', () => {
  const text = banner({ ...facts, mode: 'production', logFile: undefined });
  expect(text).toContain('http://localhost:65535');
  expect(text).not.toMatch(/acme|password|demo|outbox/);
});
