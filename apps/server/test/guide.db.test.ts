import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { AccessWatch } from 'ringfence/access-patterns';
import {
  claimsOf,
  fromPath,
  runInTenant,
  standardResolvers,
  type TenantContext,
  type TenantId,
} from 'ringfence/context';
import { deployMigrations, MigrationDesk } from 'ringfence/migration';
import {
  MigrationService,
  RequirePermission,
  SwitchedMigrations,
  TENANT_CONTEXT,
  TenancyModule,
  Tenant,
} from 'ringfence/nest';
import { OperatorPool, TenantPool } from 'ringfence/postgres';
import { machinerySql, machineryUpdates, tenantTableSql } from 'ringfence/sql';
import { type TestDatabase, twoTenants, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenantPrisma, type TenantPrisma } from '../src/database/index.js';
import { ask } from './ask.fixture.js';
import { startTestServer, type TestServer } from './server-app.fixture.js';

// The snippets of docs/guide.md, and that the page holds them as they stand here.

const MIGRATIONS = path.resolve(import.meta.dirname, '../prisma/migrations');

let server: TestServer;
let db: TestDatabase;
let pool: TenantPool;
let prisma: TenantPrisma;
let acme: TenantId;
beforeAll(async () => {
  server = await startTestServer();
  db = server.db;
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  prisma = createTenantPrisma(pool);
  acme = server.a.owner.tenant.id;
  for (const { tenant } of [server.a.owner, server.b.owner]) {
    const name = tenant.id === acme ? 'of acme' : 'of globex';
    await runInTenant(tenant.id, async () => {
      const organization = await prisma.organization.create({ data: { name } });
      const project = await prisma.project.create({
        data: { name, organizationId: organization.id },
      });
      await prisma.document.create({ data: { projectId: project.id, title: name, body: '' } });
    });
  }
});
afterAll(async () => {
  await pool?.end();
  await server?.stop();
});

@Injectable()
class Greeter {
  constructor(@Inject(TENANT_CONTEXT) private readonly tenant: TenantContext) {}

  greet() {
    return `You work for ${this.tenant.tenantId}.`;
  }
}

@Controller('greeting')
class GreetingController {
  constructor(private readonly greeter: Greeter) {}

  @Get()
  @RequirePermission('document.read')
  greet(@Tenant() tenant: TenantContext) {
    return { text: this.greeter.greet(), tenant: tenant.tenantId };
  }
}

describe('docs/guide.md', () => {
  it('holds every snippet as it runs here', () => {
    const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
    const guide = readFileSync(path.resolve(import.meta.dirname, '../../../docs/guide.md'), 'utf8');
    const here = flat(readFileSync(import.meta.filename, 'utf8'));
    const snippets = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
    expect(snippets.length).toBeGreaterThan(6);
    for (const snippet of snippets) expect(here).toContain(flat(snippet));
  });

  it('2: database design', () => {
    const table = tenantTableSql({
      name: 'invoices',
      columns: [{ name: 'project_id', type: 'uuid NOT NULL', references: { table: 'projects' } }],
    });
    expect(table).toContain('FORCE ROW LEVEL SECURITY');
    expect(table).toContain('AS RESTRICTIVE');
    expect(table).toContain('FOREIGN KEY ("tenant_id", "project_id")');

    const migrations = [machinerySql(), ...machineryUpdates().map(({ sql }) => sql)];
    expect(migrations.join()).toContain('CREATE FUNCTION ringfence.announce_change()');
  });

  it('3: tenant-aware Prisma', async () => {
    const documents = await runInTenant(acme, () => prisma.document.findMany());
    expect(documents.map(({ title }) => title)).toEqual(['of acme']);
    await expect(prisma.document.findMany()).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
  });

  it('5: cross-tenant access', async () => {
    const wrongHost = await ask(server, server.a.owner, 'GET /documents', {
      headers: { host: `${server.b.owner.tenant.slug}.localhost` },
    });
    expect(wrongHost).toMatchObject({ status: 403, body: { code: 'TENANT_SOURCES_DISAGREE' } });

    const resolvers = [
      ...standardResolvers({ baseDomains: ['example.com'] }),
      fromPath('/t/:tenant'),
    ];
    const request = { rawHeaders: ['Host', 'acme.example.com'], url: '/t/globex/documents' };
    const claims = claimsOf(request, resolvers).map(({ source, name }) => `${source} says ${name}`);
    expect(claims).toEqual(['subdomain says acme', 'path says globex']);
  });

  it('6 and 7: services, decorators and guards', async () => {
    const people = [server.a.viewer, server.b.viewer];
    @Module({
      imports: [
        TenancyModule.forRoot({
          logger: pino({ level: 'silent' }),
          directory: pool,
          roles: { viewer: ['document.read'] },
          // Whoever holds it is the person at that place: the real verifier has its own tests.
          verifier: {
            verify: async (token) => {
              const { id, role, tenant } = people[Number(token)] ?? server.a.viewer;
              return {
                tenantId: tenant.id,
                tenantSlug: tenant.slug,
                actor: { kind: 'user', id, role, sessionId: id },
              };
            },
          },
        }),
      ],
      providers: [Greeter],
      controllers: [GreetingController],
    })
    class GreetingModule {}
    const module = await Test.createTestingModule({ imports: [GreetingModule] }).compile();
    const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
      logger: false,
    });
    await app.init();
    const answers = await Promise.all(
      people.map((_, token) =>
        app.inject({ url: '/greeting', headers: { authorization: `Bearer ${token}` } }),
      ),
    );
    expect(answers.map((answer) => answer.json())).toEqual(
      people.map(({ tenant }) => ({ text: `You work for ${tenant.id}.`, tenant: tenant.id })),
    );
    await app.close();
  });

  it('8: migrations', async () => {
    const operator = new OperatorPool({ connectionString: db.operator, max: 1 });
    const desk = new MigrationDesk({ operator });
    const switched = new SwitchedMigrations({ names: [], switched: pool });
    const migrations = new MigrationService(
      { names: [], switched: pool, requests: desk },
      switched,
    );
    await expect(
      migrations.applyMigrationToTenant(acme, '20261201100000_document_heading', { actor: 'ann' }),
    ).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
    await operator.end();

    const { applied } = await deployMigrations({ url: db.migration, folder: MIGRATIONS });
    expect(applied).toEqual([]);
  });

  it('10: testing', async () => {
    const { a, b } = await twoTenants(db);
    await withTenant(a, () => prisma.organization.create({ data: { name: 'of a' } }));
    expect(await withTenant(a, () => prisma.organization.count())).toBe(1);
    expect(await withTenant(b, () => prisma.organization.count())).toBe(0);
  });

  it('14: monitoring of access patterns', async () => {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await ask(server, server.a.member, 'GET /documents', {
        headers: { 'x-tenant': server.b.owner.tenant.slug },
      });
    }
    await server.app.get(AccessWatch, { strict: false }).sendNow();
    const { body: alerts } = await ask(server, server.a.owner, 'GET /alerts');
    expect(alerts.items).toMatchObject([
      { rule: 'cross-tenant-attempt', subject: `user:${server.a.member.id}`, severity: 'critical' },
    ]);
    const { body: unseen } = await ask(server, server.b.owner, 'GET /alerts');
    expect(unseen.items).toEqual([]);
  });
});
