import { randomUUID } from 'node:crypto';
import { parseTenantId } from '../context/index.js';
import { describeAccessStore } from './access-store-contract.fixture.js';
import { memoryAccessStore } from './memory-access-store.js';

describeAccessStore('memoryAccessStore', async () => {
  const store = memoryAccessStore();
  const [a, b] = [parseTenantId(randomUUID()), parseTenantId(randomUUID())];
  return { nodes: [store, store], a, b };
});
