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
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PrismaPg } from '@prisma/adapter-pg';
import type { FastifyReply } from 'fastify';
import pg from 'pg';
import { parseTenantId } from 'ringfence/context';
import {
  FASTIFY_OPTIONS,
  JwtTokenVerifier,
  type TokenVerifier,
  ValidateRequestPipe,
} from 'ringfence/nest';
import { generateContextKey } from 'ringfence/postgres';
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
 * The same route twice: in the real server, and in Nest with plain Prisma, the same tokens, the same check of
 * the parameter and the same ETag, but no tenancy.
 */
export type HttpCandidate = 'plain' | 'again' | 'ringfence';

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

async function plainServer(url: string, keys: SigningKeys): Promise<NestFastifyApplication> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const verifier = new JwtTokenVerifier({
    jwt: new JwtService({}),
    keys: () => keys.publicKeys,
    issuer: 'ringfence',
    audience: 'ringfence-api',
  });
  @Module({
    controllers: [PlainDocumentsController],
    providers: [
      BearerGuard,
      { provide: VERIFIER, useValue: verifier },
      { provide: PRISMA, useValue: new PrismaClient({ adapter: new PrismaPg(pool) }) },
    ],
  })
  class PlainModule {}
  const adapter = new FastifyAdapter(FASTIFY_OPTIONS);
  const app = await NestFactory.create<NestFastifyApplication>(PlainModule, adapter, {
    logger: false,
  });
  return app.useGlobalPipes(new ValidateRequestPipe());
}

const [, , kind, url = '', tenant, slug = '', userId = '', sessionId = ''] = process.argv;
const folder = mkdtempSync(path.join(tmpdir(), 'ringfence-bench-'));
const file = path.join(folder, 'keys.json');
writeSigningKeys(file, generateSigningKeys({ demo: true }));
const keys = readSigningKeys(file);
const accountKeys = path.join(folder, 'account-keys');
writeFileSync(accountKeys, generateContextKey());
const app =
  kind === 'ringfence'
    ? await createApp(
        readConfig({
          DATABASE_URL: url,
          JWT_KEYS_FILE: file,
          ACCOUNT_KEYS_FILE: accountKeys,
          LOG_LEVEL: 'silent',
          RATE_LIMIT_PER_SECOND: '1000000',
        }),
      )
    : await plainServer(url, keys);
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
