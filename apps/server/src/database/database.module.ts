import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TenantPool } from 'ringfence/postgres';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { connectionLimits } from '../limits/index.js';
import { type ServerTelemetry, TELEMETRY } from '../telemetry/index.js';
import { createTenantPrisma, TENANT_PRISMA } from './tenant-prisma.js';
import { TENANT_TABLES } from './tenant-tables.js';

/** The names that traces may hold. */
const TABLES = TENANT_TABLES.map(({ name }) => name);

/** The database as the application sees it: one tenant-scoped pool, and Prisma over it. */
@Global()
@Module({
  providers: [
    {
      provide: TenantPool,
      inject: [SERVER_CONFIG, TELEMETRY],
      useFactory: (config: ServerConfig, { statements }: ServerTelemetry) =>
        new TenantPool({
          connectionString: config.DATABASE_URL,
          ...connectionLimits(config),
          attribution: true,
          ...(config.DATABASE_POOLER && { pooler: config.DATABASE_POOLER }),
          ...(statements.length > 0 && { statements: { observers: statements, tables: TABLES } }),
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
