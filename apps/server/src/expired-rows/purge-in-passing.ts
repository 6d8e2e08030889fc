import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { maybeTenant, runInTenant, type TenantId, tenantContext } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import type { Observable } from 'rxjs';
import { BackgroundWork } from '../background/index.js';
import { purgeExpired } from './purge-expired.js';

const EVERY_MS = 3_600_000;
const REMEMBERED = 10_000;

/**
 * Lets a tenant that is at work clean up after itself, about once an hour on each node, behind the
 * answer: the request itself asks nothing more of the database. No process has to see all tenants for
 * it, and a tenant that sleeps grows no rows.
 */
@Injectable()
export class PurgeInPassing implements NestInterceptor {
  readonly #last = new Map<TenantId, number>();

  constructor(
    @Inject(BackgroundWork) private readonly background: BackgroundWork,
    @Inject(TenantPool) private readonly pool: TenantPool,
  ) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const tenant = maybeTenant();
    if (tenant) this.#consider(tenant.tenantId);
    return next.handle();
  }

  #consider(tenantId: TenantId): void {
    const now = performance.now();
    const last = this.#last.get(tenantId);
    if (last !== undefined && now - last < EVERY_MS) return;
    const context = tenantContext(tenantId, { kind: 'system', reason: 'purge' });
    const started = this.background.start('purge', async () => {
      await runInTenant(context, () => purgeExpired(this.pool));
    });
    if (!started) return;
    if (this.#last.size >= REMEMBERED) this.#last.clear();
    this.#last.set(tenantId, now);
  }
}
