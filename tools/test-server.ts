import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  type EmbeddedServer,
  startEmbeddedServer,
} from '../packages/ringfence/src/embedded/index.js';
import { isRingfenceError } from '../packages/ringfence/src/errors/index.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const SLOTS = 16;

/**
 * Gives the whole test run one disposable PostgreSQL server: an embedded one, or the one that
 * `RINGFENCE_TEST_DATABASE_URL` (a superuser's URL) names.
 */
export default async function setup(): Promise<() => Promise<void>> {
  // What the pools under test sign with; createTestDatabase gives each database the key to verify.
  process.env.RINGFENCE_CONTEXT_KEYS ??= `test-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64url')}`;
  const given = process.env.RINGFENCE_TEST_DATABASE_URL;
  if (given) {
    process.env.RINGFENCE_TEST_ADMIN_URL = given;
    return async () => undefined;
  }
  const server = await startInFreeSlot();
  process.env.RINGFENCE_TEST_ADMIN_URL = server.adminUrl;
  return () => server.stop();
}

/** Two runs in one clone get two servers. */
async function startInFreeSlot(): Promise<EmbeddedServer> {
  for (let slot = 1; ; slot += 1) {
    try {
      const folder = path.join(ROOT, '.ringfence', 'test', String(slot));
      return await startEmbeddedServer({ folder, durable: false });
    } catch (error) {
      if (slot >= SLOTS || !isRingfenceError(error, 'EMBEDDED_SERVER_IN_USE')) throw error;
    }
  }
}
