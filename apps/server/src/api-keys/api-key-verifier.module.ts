import { type BeforeApplicationShutdown, Module } from '@nestjs/common';
import { ApiKeyVerifier } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { StoredApiKeys } from './api-key-directory.js';

/**
 * Who verifies API keys. A module of its own, because the request path needs it and ApiKeysModule needs
 * the request path.
 */
@Module({
  providers: [
    {
      provide: StoredApiKeys,
      inject: [TenantPool],
      useFactory: (pool: TenantPool) => new StoredApiKeys(pool),
    },
    {
      provide: ApiKeyVerifier,
      inject: [StoredApiKeys],
      useFactory: (keys: StoredApiKeys) => new ApiKeyVerifier(keys),
    },
  ],
  exports: [ApiKeyVerifier],
})
export class ApiKeyVerifierModule implements BeforeApplicationShutdown {
  constructor(private readonly keys: StoredApiKeys) {}

  /** Before the pool ends. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.keys.settled();
  }
}
