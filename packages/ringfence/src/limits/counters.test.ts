import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { counterContract } from './counter-contract.fixture.js';
import { memoryCounters } from './memory-counters.js';
import { REDIS_COUNTER_CONNECTION, redisCounters } from './redis-counters.js';
import { NO_REDIS, RedisServer } from './redis-server.fixture.js';

describe('memoryCounters', () => {
  const store = memoryCounters();
  counterContract(() => store);
});

describe.skipIf(NO_REDIS)(`redisCounters${NO_REDIS ? ` (${NO_REDIS})` : ''}`, () => {
  let server: RedisServer;
  let clients: Redis[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
    clients = [1, 2].map(() => new Redis(server.url, REDIS_COUNTER_CONNECTION));
    await Promise.all(clients.map((client) => new Promise((ready) => client.once('ready', ready))));
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });
  let opened = 0;

  counterContract(() => {
    opened += 1;
    return redisCounters({ client: clients[opened % 2] as Redis });
  });
});
