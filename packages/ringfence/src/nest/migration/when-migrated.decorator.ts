import { Inject } from '@nestjs/common';
import { RingfenceError } from '../../errors/index.js';
import { SwitchedMigrations } from './switched-migrations.js';

/** What {@link WhenMigrated} does for a tenant that is not switched. */
export interface WhenMigratedOptions {
  /** The method of the same class that serves the old shape, with the same arguments. */
  readonly otherwise?: string;
}

/** Where a decorated method says what it waits for; the module looks at the start. */
export const WHEN_MIGRATED = 'ringfence:when-migrated';

/** What stands under {@link WHEN_MIGRATED}. */
export interface WhenMigratedMark extends WhenMigratedOptions {
  readonly name: string;
}

/** The property that Nest fills; unseen in logs and comparisons. */
const SWITCHED = Symbol('ringfence.switched-migrations');

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * Serves the new shape: the method (of a controller or any other provider) runs only for tenants that are
 * switched to the migration. For all others the method named by `otherwise` runs; without one the caller
 * gets `NOT_MIGRATED`, which is 404 on a route. Guards and permissions of a route are those of the
 * decorated method for both.
 *
 * It asks at each call: two calls of one request may be answered differently while the tenant is switched,
 * which harms nothing, because both shapes are kept until the contract.
 *
 * Needs `MigrationModule`, which refuses to start when it does not know the migration.
 *
 * @example
 * @Get(':slug')
 * @RequirePermission('document.read')
 * @WhenMigrated('20261127100000_document_slug', { otherwise: 'findByTitle' })
 * async find(@Param('slug') slug: string) { … }
 */
export function WhenMigrated(
  name: string,
  options: WhenMigratedOptions = {},
): <M extends AsyncMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void {
  return <M extends AsyncMethod>(
    target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ) => {
    const served = descriptor.value as M;
    Inject(SwitchedMigrations)(target, SWITCHED);
    const chosen = async function (
      this: Record<string | symbol, unknown>,
      ...args: Parameters<M>
    ): Promise<unknown> {
      const switched = this[SWITCHED] as SwitchedMigrations | undefined;
      // Made by hand, outside of Nest: nobody can say what the tenant is switched to.
      if (!switched) throw new RingfenceError('NOT_MIGRATED');
      if (await switched.isSwitchedHere(name)) return served.apply(this, args);
      if (options.otherwise === undefined) throw new RingfenceError('NOT_MIGRATED');
      return (this[options.otherwise] as AsyncMethod).apply(this, args);
    };
    // What decorators below this one have said about the method.
    for (const key of Reflect.getMetadataKeys(served)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, served), chosen);
    }
    Reflect.defineMetadata(WHEN_MIGRATED, { name, ...options }, chosen);
    descriptor.value = chosen as unknown as M;
  };
}
