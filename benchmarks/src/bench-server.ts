import path from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from 'ringfence/embedded';
import { isRingfenceError } from 'ringfence/errors';
import { generateContextKey } from 'ringfence/postgres';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const SLOTS = 4;

/**
 * The server to measure on: the disposable one that `BENCH_DATABASE_URL` (a superuser's URL) names, or
 * an embedded one. Signs with a key of its own unless the environment brings one.
 */
export async function startBenchServer(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  process.env.RINGFENCE_CONTEXT_KEYS ??= generateContextKey();
  const given = process.env.BENCH_DATABASE_URL;
  if (given) return { adminUrl: given, stop: async () => undefined };
  const server = await startInFreeSlot();
  return { adminUrl: server.adminUrl, stop: () => server.stop() };
}

async function startInFreeSlot(): Promise<EmbeddedServer> {
  for (let slot = 1; ; slot += 1) {
    try {
      const folder = path.join(ROOT, '.ringfence', 'bench', String(slot));
      return await startEmbeddedServer({ folder, durable: false });
    } catch (error) {
      if (slot >= SLOTS || !isRingfenceError(error, 'EMBEDDED_SERVER_IN_USE')) throw error;
    }
  }
}
