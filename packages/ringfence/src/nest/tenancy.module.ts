import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
} from '@nestjs/core';
import { RingfenceError } from '../errors/index.js';
import { eventLogger } from '../telemetry/index.js';
import { AuthenticateGuard } from './authenticate.guard.js';
import { checkEgressAtResponse } from './check-egress.js';
import { CheckMembershipGuard } from './check-membership.guard.js';
import { ClaimedTenants } from './claimed-tenants.js';
import { EgressCheckInterceptor } from './egress-check.interceptor.js';
import type { HttpServer } from './fastify-shape.js';
import { LimitRateGuard } from './limit-rate.guard.js';
import { listRoutes } from './list-routes.js';
import { openContext, reenterContext } from './open-context.js';
import { ProblemFilter } from './problem.filter.js';
import { RecordRequest } from './record-request.js';
import { RefusalCounts } from './refusal-counts.js';
import { requireDeclaredAccess } from './require-declared-access.js';
import { RequirePermissionGuard } from './require-permission.guard.js';
import { ResolveTenantGuard } from './resolve-tenant.guard.js';
import { TenancyChanges } from './tenancy-changes.js';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';
import { TENANT_CONTEXT, tenantContextProvider } from './tenant-context.provider.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';
import { tracedStation } from './traced-station.js';
import { ValidateRequestPipe } from './validate-request.pipe.js';

/** How {@link TenancyModule.forRootAsync} comes by its options. */
export interface TenancyAsyncOptions {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  // biome-ignore lint/suspicious/noExplicitAny: Nest's own factories take what `inject` names.
  readonly useFactory: (...args: any[]) => TenancyOptions | Promise<TenancyOptions>;
}

/** The request path as Nest runs it. Guards run in the order of this list: see request-path.ts. */
const STATIONS: Provider[] = [
  RecordRequest,
  RefusalCounts,
  TenancyChanges,
  ClaimedTenants,
  {
    provide: TenantDirectoryCache,
    inject: [TENANCY_OPTIONS, TenancyChanges],
    useFactory: ({ directory }: TenancyOptions, changes: TenancyChanges) => {
      const cache = new TenantDirectoryCache(directory);
      changes.subscribe(() => cache.clear());
      return cache;
    },
  },
  tenantContextProvider,
  { provide: APP_GUARD, useClass: tracedStation('authenticate', AuthenticateGuard) },
  { provide: APP_GUARD, useClass: tracedStation('resolve tenant', ResolveTenantGuard) },
  { provide: APP_GUARD, useClass: tracedStation('check membership', CheckMembershipGuard) },
  { provide: APP_GUARD, useClass: tracedStation('limit rate', LimitRateGuard) },
  { provide: APP_GUARD, useClass: tracedStation('require permission', RequirePermissionGuard) },
  { provide: APP_INTERCEPTOR, useClass: EgressCheckInterceptor },
  { provide: APP_PIPE, useClass: ValidateRequestPipe },
  { provide: APP_FILTER, useClass: ProblemFilter },
];

/**
 * Puts every route of a NestJS application on Fastify on the request path of request-path.ts: no
 * route without a verified tenant unless it is `@Public`, no error but problem documents, one log
 * line per request. Validation of bodies and parameters comes with it: add no pipe for that.
 *
 * Import it first: guards and interceptors of modules imported before it run before its own.
 *
 * @example
 * @Module({ imports: [TenancyModule.forRoot({ logger, verifier, directory: pool, roles })] })
 */
@Module({})
export class TenancyModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(RecordRequest) private readonly recorder: RecordRequest,
  ) {}

  static forRoot(options: TenancyOptions): DynamicModule {
    return TenancyModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: TenancyAsyncOptions): DynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    return {
      module: TenancyModule,
      global: true,
      imports: [DiscoveryModule, ...imports],
      providers: [
        {
          provide: TENANCY_OPTIONS,
          inject,
          useFactory: async (...args: unknown[]): Promise<TenancyOptions> => {
            const given = await useFactory(...args);
            return { ...given, logger: eventLogger(given.logger) };
          },
        },
        ...STATIONS,
      ],
      exports: [
        TENANCY_OPTIONS,
        TENANT_CONTEXT,
        ClaimedTenants,
        RefusalCounts,
        TenancyChanges,
        TenantDirectoryCache,
      ],
    };
  }

  onModuleInit(): void {
    const adapter = this.host.httpAdapter;
    // An application context without HTTP (a worker, a script) has no adapter and no requests.
    if (!adapter) return;
    if (adapter.getType() !== 'fastify') {
      throw new RingfenceError('CONFIGURATION_INVALID', {
        detail: 'TenancyModule needs the Fastify adapter.',
      });
    }
    requireDeclaredAccess(listRoutes(this.discovery));
    const server = adapter.getInstance<HttpServer>();
    server.addHook('onRequest', (request, reply, done) => {
      this.recorder.watch(request, reply.raw);
      openContext(request, reply, done);
    });
    server.addHook('preHandler', reenterContext);
    server.addHook('preSerialization', checkEgressAtResponse);
  }
}
