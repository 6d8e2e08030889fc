import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { RingfenceError } from '../../errors/index.js';
import { MigrationService } from './migration.service.js';
import { MIGRATION_OPTIONS, type MigrationOptions } from './migration-options.js';
import { NodeReporter } from './node-reporter.js';
import { SwitchedMigrations } from './switched-migrations.js';
import { WHEN_MIGRATED, type WhenMigratedMark } from './when-migrated.decorator.js';

/** How {@link MigrationModule.forRootAsync} comes by its options. */
export interface MigrationAsyncOptions {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  // biome-ignore lint/suspicious/noExplicitAny: Nest's own factories take what `inject` names.
  readonly useFactory: (...args: any[]) => MigrationOptions | Promise<MigrationOptions>;
}

/**
 * Lets an application serve two shapes of its data, tenant by tenant: `@WhenMigrated`, `isSwitched`,
 * `MigrationService`, and the reports that contracts and gates wait for.
 *
 * @example
 * @Module({ imports: [MigrationModule.forRoot({ names: ['20261127100000_document_slug'], switched: pool })] })
 */
@Module({})
export class MigrationModule implements OnModuleInit {
  constructor(
    @Inject(MIGRATION_OPTIONS) private readonly options: MigrationOptions,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {}

  static forRoot(options: MigrationOptions): DynamicModule {
    return MigrationModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({
    imports = [],
    inject = [],
    useFactory,
  }: MigrationAsyncOptions): DynamicModule {
    return {
      module: MigrationModule,
      global: true,
      imports: [DiscoveryModule, ...imports],
      providers: [
        { provide: MIGRATION_OPTIONS, inject, useFactory },
        SwitchedMigrations,
        MigrationService,
        NodeReporter,
      ],
      exports: [SwitchedMigrations, MigrationService, NodeReporter],
    };
  }

  /** A misspelt name would serve the old shape to everybody for ever. */
  onModuleInit(): void {
    const providers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const wrong = new Set(
      providers.flatMap(({ metatype }) =>
        typeof metatype === 'function' && metatype.prototype
          ? this.#wrongMarks(metatype.name, metatype.prototype as Record<string, object>)
          : [],
      ),
    );
    if (wrong.size === 0) return;
    throw new RingfenceError('CONFIGURATION_INVALID', { detail: [...wrong].join(' ') });
  }

  #wrongMarks(owner: string, prototype: Record<string, object>): string[] {
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((method) => {
      const handler = prototype[method];
      const mark = handler && (Reflect.getMetadata(WHEN_MIGRATED, handler) as WhenMigratedMark);
      if (!mark) return [];
      const { name, otherwise } = mark;
      const wrong: string[] = [];
      if (!this.options.names.includes(name)) {
        wrong.push(`${owner}.${method} waits for ${name}, which is not among the names.`);
      }
      if (otherwise !== undefined && typeof prototype[otherwise] !== 'function') {
        wrong.push(`${owner} has no method ${otherwise} for those who are not switched.`);
      }
      return wrong;
    });
  }
}
