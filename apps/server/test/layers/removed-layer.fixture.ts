import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { fillFrame, maybeTenant, parseTenantId, tenantContext } from 'ringfence/context';
import { routeAccess, ValidateRequestPipe } from 'ringfence/nest';
import { TenantPool, type TenantPoolConfig } from 'ringfence/postgres';
import { TENANT_SETTING } from 'ringfence/sql';
import type { TestDatabase } from 'ringfence/testing';
import { PERMISSIONS } from '../../src/permissions.js';

/** A layer of docs/threat-model.md; 0 when nothing is removed. */
export type Layer = 0 | 1 | 2 | 3 | 4 | 5;

/** The tenants by the name that a header may give. */
type Directory = ReadonlyMap<string, string>;

/** What stands in a token and in the tenant header, believed. */
@Injectable()
class BelievingEdge implements CanActivate {
  constructor(private readonly directory: () => Directory) {}

  canActivate(context: ExecutionContext): boolean {
    if (routeAccess(context.getHandler(), context.getClass()).kind === 'public') return true;
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    const [, body = ''] = (headers.authorization ?? '').split('.');
    const { tid, sub, sid, role } = JSON.parse(Buffer.from(body, 'base64url').toString());
    const named = this.directory().get(headers['x-tenant'] ?? '');
    const permissions = PERMISSIONS.effective(role);
    const actor = { kind: 'user', id: sub, sessionId: sid, role, permissions } as const;
    fillFrame(tenantContext(parseTenantId(named ?? tid), actor));
    return true;
  }
}

/** Layer 1: nobody verifies the token or asks for members, and the header decides. */
export function believeTheEdge(app: NestFastifyApplication, directory: () => Directory): void {
  const edge = new BelievingEdge(directory);
  station<CanActivate>(app, 'AuthenticateGuard').canActivate = () => true;
  station<CanActivate>(app, 'ResolveTenantGuard').canActivate = (context) =>
    edge.canActivate(context);
  station<CanActivate>(app, 'CheckMembershipGuard').canActivate = () => true;
}

/** Layer 2, its part in Nest: bodies are taken as they come. Its part in Prisma: layers.db.test.ts. */
export function believeBodies(app: NestFastifyApplication): void {
  station<ValidateRequestPipe>(app, ValidateRequestPipe.name).transform = async (value) => value;
}

/** Layer 2, its part in the pool: without a tenant the statement is sent all the same, unbound. */
export class PoolForAnybody extends TenantPool {
  readonly #unbound: pg.Pool;

  constructor(config: TenantPoolConfig) {
    super(config);
    this.#unbound = new pg.Pool({ connectionString: config.connectionString, max: 2 });
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in TenantPool.
  override query(...args: any[]): any {
    // biome-ignore lint/suspicious/noExplicitAny: as in TenantPool.
    const anybody = this.#unbound.query as (...all: any[]) => unknown;
    return maybeTenant() ? super.query(...args) : anybody.apply(this.#unbound, args);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as in TenantPool.
  override async end(...args: any[]): Promise<void> {
    await this.#unbound.end();
    return super.end(...(args as []));
  }
}

/** Layer 3: the database believes the tenant that it is told. */
const BELIEVING_READER = `CREATE OR REPLACE FUNCTION ringfence.current_tenant_id() RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER AS $f$ SELECT nullif(current_setting('${TENANT_SETTING}', true), '')::uuid $f$`;

/** Layer 4: no table asks whose row it is. Keys, references and rights stay. */
const NO_POLICIES = `DO $do$ DECLARE r regclass; BEGIN
  FOR r IN SELECT oid FROM pg_class WHERE relrowsecurity LOOP
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', r);
  END LOOP; END $do$`;

/** Takes a layer out of the database, behind the running server's back: it would not start like that. */
export async function weaken(db: TestDatabase, layer: Layer): Promise<void> {
  const text = layer === 3 ? BELIEVING_READER : layer === 4 ? NO_POLICIES : undefined;
  if (text === undefined) return;
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  try {
    await admin.query(text);
  } finally {
    await admin.end();
  }
}

/** A station of the request path, found by its class wherever it is registered. */
function station<T>(app: NestFastifyApplication, name: string): T {
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype, instance } of [
      ...module.providers.values(),
      ...module.injectables.values(),
    ]) {
      if (metatype?.name === name && instance) return instance as T;
    }
  }
  throw new Error(`There is no ${name} to remove.`);
}
