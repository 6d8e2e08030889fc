import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  NotFoundException,
  Param,
  Res,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PrismaPg } from '@prisma/adapter-pg';
import type { FastifyReply } from 'fastify';
import pg from 'pg';
import { pino } from 'pino';
import { parseTenantId } from 'ringfence/context';
import {
  FASTIFY_OPTIONS,
  JwtTokenVerifier,
  RequirePermission,
  TenancyModule,
  type TokenVerifier,
  ValidateRequestPipe,
} from 'ringfence/nest';
import { generateContextKey, TenantPool } from 'ringfence/postgres';
import { tenantPrisma } from 'ringfence/prisma';
import {
  AccessTokenIssuer,
  generateSigningKeys,
  readSigningKeys,
  type SigningKeys,
  writeSigningKeys,
} from '../../apps/server/dist/auth/index.js';
import { readConfig } from '../../apps/server/dist/config.js';
import { createApp } from '../../apps/server/dist/create-app.js';
import { documentSelect, documentView } from '../../apps/server/dist/documents/document-view.js';
import { PrismaClient } from '../../apps/server/dist/generated/prisma/client.js';
import { answerRead } from '../../apps/server/dist/http/answer.js';
import { id as idSchema } from '../../apps/server/dist/http/id.js';

/**
 * One route, three times: in Nest with plain Prisma, tokens, a check of the parameter and an ETag, but no
 * tenancy; the same with the library's request path and tenant-scoped client; and in the real server, which
 * has an edge, memberships and a rate limit as well.
 */
export type HttpCandidate = 'plain' | 'again' | 'library' | 'server';

const VERIFIER = Symbol('VERIFIER');
const PRISMA = Symbol('PRISMA');

@Injectable()
class BearerGuard implements CanActivate {
  constructor(@Inject(VERIFIER) private readonly verifier: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.switchToHttp().getRequest<{ headers: { authorization: string } }>();
    await this.verifier.verify(headers.authorization.slice('Bearer '.length));
    return true;
  }
}

@Controller('documents')
@UseGuards(BearerGuard)
class PlainDocumentsController {
  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  @Get(':id')
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const row = await this.prisma.document.findUnique({ where: { id }, select: documentSelect });
    if (!row) throw new NotFoundException();
    return answerRead(reply, row, documentView);
  }
}

@Controller('documents')
class TenantDocumentsController {
  constructor(@Inject(PRISMA) private readonly prisma: PrismaClient) {}

  @Get(':id')
  @RequirePermission('document.read')
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const row = await this.prisma.document.findUnique({ where: { id }, select: documentSelect });
    if (!row) throw new NotFoundException();
    return answerRead(reply, row, documentView);
  }
}

const verifierOf = (keys: SigningKeys): TokenVerifier =>
  new JwtTokenVerifier({
    jwt: new JwtService({}),
    keys: () => keys.publicKeys,
    issuer: 'ringfence',
    audience: 'ringfence-api',
  });

function createNest(module: Type): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter(FASTIFY_OPTIONS);
  return NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false });
}

async function plainServer(url: string, keys: SigningKeys): Promise<NestFastifyApplication> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  @Module({
    controllers: [PlainDocumentsController],
    providers: [
      BearerGuard,
      { provide: VERIFIER, useValue: verifierOf(keys) },
      { provide: PRISMA, useValue: new PrismaClient({ adapter: new PrismaPg(pool) }) },
    ],
  })
  class PlainModule {}
  return (await createNest(PlainModule)).useGlobalPipes(new ValidateRequestPipe());
}

async function libraryServer(url: string, keys: SigningKeys): Promise<NestFastifyApplication> {
  const pool = new TenantPool({ connectionString: url, max: 10 });
  const prisma = tenantPrisma(pool, (adapter) => new PrismaClient({ adapter }));
  @Module({
    imports: [
      TenancyModule.forRoot({
        logger: pino({ level: 'silent' }),
        verifier: verifierOf(keys),
        directory: pool,
        roles: { member: ['document.read'] },
      }),
    ],
    controllers: [TenantDocumentsController],
    providers: [{ provide: PRISMA, useValue: prisma }],
  })
  class LibraryModule {}
  return createNest(LibraryModule);
}

function realServer(
  url: string,
  keysFile: string,
  folder: string,
): Promise<NestFastifyApplication> {
  const accountKeys = path.join(folder, 'account-keys');
  writeFileSync(accountKeys, generateContextKey());
  return createApp(
    readConfig({
      DATABASE_URL: url,
      JWT_KEYS_FILE: keysFile,
      ACCOUNT_KEYS_FILE: accountKeys,
      LOG_LEVEL: 'silent',
      RATE_LIMIT_PER_SECOND: '1000000',
    }),
  );
}

const [, , kind, url = '', tenant, slug = '', userId = '', sessionId = ''] = process.argv;
const folder = mkdtempSync(path.join(tmpdir(), 'ringfence-bench-'));
const file = path.join(folder, 'keys.json');
writeSigningKeys(file, generateSigningKeys({ demo: true }));
const keys = readSigningKeys(file);
const app = await (kind === 'server'
  ? realServer(url, file, folder)
  : kind === 'library'
    ? libraryServer(url, keys)
    : plainServer(url, keys));
await app.listen(0, '127.0.0.1');
rmSync(folder, { recursive: true });
const issuer = { issuer: 'ringfence', audience: 'ringfence-api', seconds: 3600 };
const token = await new AccessTokenIssuer(keys, issuer).issue({
  tenantId: parseTenantId(tenant),
  tenantSlug: slug,
  userId,
  sessionId,
  role: 'member',
});
process.send?.({ port: Number(new URL(await app.getUrl()).port), token });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.once('disconnect', () => process.exit());
