import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TenantPool } from 'ringfence/postgres';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { createTenantPrisma, TENANT_PRISMA } from './tenant-prisma.js';

/** The database as the application sees it: one tenant-scoped pool, and Prisma over it. */
@Global()
@Module({
  providers: [
    {
      provide: TenantPool,
      inject: [SERVER_CONFIG],
      useFactory: (config: ServerConfig) =>
        new TenantPool({
          connectionString: config.DATABASE_URL,
          max: config.DATABASE_POOL_MAX,
          attribution: true,
          ...(config.DATABASE_POOLER && { pooler: config.DATABASE_POOLER }),
          // A database that is away is an answer (503), not a request that hangs.
          connectionTimeoutMillis: 10_000,
        }),
    },
    { provide: TENANT_PRISMA, inject: [TenantPool], useFactory: createTenantPrisma },
  ],
  exports: [TenantPool, TENANT_PRISMA],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly pool: TenantPool) {}

  /** After the last request: Nest closes the HTTP server first. */
  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
