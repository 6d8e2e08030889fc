import { Logger } from '@nestjs/common';
import { runInTenant, type TenantId, tenantContext } from 'ringfence/context';
import { type ApiKeyDirectory, type ApiKeyEntry, describeError } from 'ringfence/nest';
import type { TenantPool } from 'ringfence/postgres';

/** A key, by its own word. */
type Key = Parameters<ApiKeyDirectory['findKey']>[0];

const FIND_KEY = `
  SELECT secret_hash AS "secretHash", extract(epoch FROM expires_at)::float8 AS "expiresAt"
  FROM public.api_keys
  WHERE id = $1::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;

/** Other nodes have seen the key as well: whoever is second in the same minute writes nothing. */
const NOTE_USE = `
  UPDATE public.api_keys SET last_used_at = now()
  WHERE id = $1::uuid AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`;

const MINUTE_MS = 60_000;
const REMEMBERED = 10_000;

/**
 * The API keys of every tenant, each looked for in the tenant that it claims. When a key was last used
 * is written behind the request, at most once in a minute; a use that cannot be written is not noted.
 */
export class StoredApiKeys implements ApiKeyDirectory {
  readonly #pool: TenantPool;
  readonly #now: () => number;
  readonly #noted = new Map<string, number>();
  readonly #writing = new Set<Promise<void>>();
  readonly #logger = new Logger(StoredApiKeys.name);

  constructor(pool: TenantPool, now: () => number = () => performance.now()) {
    this.#pool = pool;
    this.#now = now;
  }

  async findKey({ tenantId, keyId }: Key): Promise<ApiKeyEntry | undefined> {
    const { rows } = await this.#inTenant(tenantId, FIND_KEY, keyId);
    const row = rows[0] as { secretHash: Uint8Array; expiresAt: number | null } | undefined;
    return row && { secretHash: row.secretHash, expiresAt: row.expiresAt ?? undefined };
  }

  noteUse({ tenantId, keyId }: Key): void {
    const last = this.#noted.get(keyId);
    if (last !== undefined && this.#now() - last < MINUTE_MS) return;
    this.#noted.delete(keyId);
    this.#noted.set(keyId, this.#now());
    const [oldest] = this.#noted.keys();
    if (this.#noted.size > REMEMBERED && oldest !== undefined) this.#noted.delete(oldest);
    const write = this.#inTenant(tenantId, NOTE_USE, keyId)
      .then(() => undefined)
      .catch((error: unknown) => {
        const line = { event: 'api_key_use_not_noted', tenantId, error: describeError(error) };
        this.#logger.warn(line);
      })
      .finally(() => this.#writing.delete(write));
    this.#writing.add(write);
  }

  /** Resolves when everything that was noted is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  #inTenant(tenantId: TenantId, text: string, keyId: string) {
    const context = tenantContext(tenantId, { kind: 'system', reason: 'api key' });
    return runInTenant(context, () => this.#pool.query(text, [keyId]), { nested: 'separate' });
  }
}
