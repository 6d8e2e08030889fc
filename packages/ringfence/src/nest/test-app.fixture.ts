import { Writable } from 'node:stream';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type Logger, pino } from 'pino';
import { parseTenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { FASTIFY_OPTIONS } from './fastify-options.js';
import { PinoLogger } from './pino-logger.service.js';
import { TenancyModule } from './tenancy.module.js';
import type { TenancyOptions, TenantEntry, VerifiedToken } from './tenancy-options.js';

/** Two tenants, and two in the way of being gone. */
export const A: TenantEntry = tenant('aaaaaaaa-0000-4000-8000-00000000000a', 'acme');
export const B: TenantEntry = tenant('bbbbbbbb-0000-4000-8000-00000000000b', 'globex');
export const SUSPENDED: TenantEntry = {
  ...tenant('cccccccc-0000-4000-8000-00000000000c', 'initech'),
  state: 'suspended',
};
export const DELETING: TenantEntry = {
  ...tenant('dddddddd-0000-4000-8000-00000000000d', 'hooli'),
  state: 'deleting',
};
export const ENTRIES: readonly TenantEntry[] = [A, B, SUSPENDED, DELETING];

function tenant(id: string, slug: string): TenantEntry {
  return { id: parseTenantId(id), slug, state: 'active' };
}

/** What the token `<slug>.<role>` says: the verifier of these tests believes everything. */
export function tokenFor(entry: TenantEntry, role = 'member'): string {
  return `${entry.slug}.${role}`;
}

const verifier = {
  async verify(token: string): Promise<VerifiedToken> {
    const [slug = '', role = ''] = token.split('.');
    const entry = ENTRIES.find((candidate) => candidate.slug === slug);
    if (!entry) throw new RingfenceError('TOKEN_INVALID');
    const actor = { kind: 'user', id: `${slug}-user`, sessionId: 's1', role } as const;
    return { tenantId: entry.id, tenantSlug: slug, actor };
  },
};

const directory = {
  async findTenant(name: string): Promise<TenantEntry | undefined> {
    return ENTRIES.find((entry) => entry.slug === name);
  },
};

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly logger: Logger;
  /** Everything logged so far. */
  readonly logged: () => string;
  /** The request lines so far. */
  readonly lines: () => Record<string, unknown>[];
  /** The address of the listening server, for what `inject` does not show. */
  readonly listen: () => Promise<string>;
}

/** A Nest application on the request path, logging into memory at level trace. */
export async function startApp(
  controllers: Type[],
  options: Partial<TenancyOptions> = {},
  providers: Provider[] = [],
  setUp: (app: NestFastifyApplication) => void = () => undefined,
  adapter: {
    readonly rewriteUrl?: (request: { readonly url?: string | undefined }) => string;
  } = {},
  modules: DynamicModule[] = [],
): Promise<TestApp> {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  const logger = pino({ level: 'trace' }, stream);
  const roles = { member: ['note.read', 'note.create'], viewer: ['note.read'] };
  const module = await Test.createTestingModule({
    imports: [
      TenancyModule.forRoot({ logger, verifier, directory, roles, ...options }),
      ...modules,
    ],
    controllers,
    providers,
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter({ ...FASTIFY_OPTIONS, ...adapter, bodyLimit: 10_000 }),
    { logger: new PinoLogger(logger) },
  );
  setUp(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const logged = (): string => chunks.join('');
  const lines = (): Record<string, unknown>[] =>
    chunks.map((chunk) => JSON.parse(chunk)).filter((line) => line.msg === 'request');
  const listen = async (): Promise<string> => {
    await app.listen(0, '127.0.0.1');
    return app.getUrl();
  };
  return { app, logger, logged, lines, listen };
}

/** A bearer header. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
