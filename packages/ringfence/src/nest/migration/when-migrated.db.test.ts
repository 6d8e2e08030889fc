import { Controller, Get, Inject, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createLedgerDatabase,
  type LedgerDatabase,
  SLUGS,
} from '../../../test/ledger-database.fixture.js';
import { runInTenant } from '../../context/index.js';
import { listenForChanges, TenantPool } from '../../postgres/index.js';
import { RequirePermission } from '../require-permission.decorator.js';
import { A, B, bearer, startApp, type TestApp, tokenFor } from '../test-app.fixture.js';
import { MigrationModule } from './migration.module.js';
import { SwitchedMigrations } from './switched-migrations.js';
import { WhenMigrated } from './when-migrated.decorator.js';

const POOL = Symbol('pool');

@Injectable()
class Titles {
  constructor(@Inject(POOL) private readonly pool: TenantPool) {}

  @WhenMigrated(SLUGS, { otherwise: 'oldNames' })
  async names(prefix: string): Promise<string[]> {
    const { rows } = await this.pool.query('SELECT slug AS name FROM documents');
    return rows.map(({ name }: { name: string }) => prefix + name);
  }

  async oldNames(prefix: string): Promise<string[]> {
    const { rows } = await this.pool.query('SELECT title AS name FROM documents');
    return rows.map(({ name }: { name: string }) => prefix + name);
  }
}

@Controller('documents')
class DocumentsController {
  constructor(@Inject(Titles) private readonly titles: Titles) {}

  @Get('names')
  @RequirePermission('note.read')
  async names() {
    return { names: await this.titles.names('') };
  }

  // Decorators on both sides of it keep their meaning.
  @Get('by-slug')
  @WhenMigrated(SLUGS)
  @RequirePermission('note.create')
  async bySlug() {
    return { names: await this.titles.names('/') };
  }
}

/** One node of the application, with a pool and a change feed of its own. */
interface Node extends TestApp {
  readonly pool: TenantPool;
  readonly names: (tenant: typeof A) => Promise<unknown>;
}

let ledger: LedgerDatabase;
let nodes: Node[];

async function startNode(): Promise<Node> {
  const pool = new TenantPool({ connectionString: ledger.db.app, max: 2 });
  const feed = { listening: Promise.resolve() as Promise<void> };
  const node = await startApp(
    [DocumentsController],
    {
      changes: (onChange) => {
        const own = listenForChanges({ connectionString: ledger.db.app, onChange });
        feed.listening = own.listening;
        return own;
      },
    },
    [Titles, { provide: POOL, useValue: pool }],
    undefined,
    undefined,
    [MigrationModule.forRoot({ names: [SLUGS], switched: pool })],
  );
  await feed.listening;
  const names = async (tenant: typeof A): Promise<unknown> => {
    const answer = await node.app.inject({
      url: '/documents/names',
      headers: bearer(tokenFor(tenant)),
    });
    return answer.json().names ?? answer.json().code;
  };
  return { ...node, pool, names };
}

beforeAll(async () => {
  ledger = await createLedgerDatabase();
  for (const { id, slug } of [A, B]) {
    await ledger.operator('INSERT INTO ringfence.tenants (id, slug, name) VALUES ($1, $2, $2)', [
      id,
      slug,
    ]);
  }
  // Made after the expansion, they were born switched; these two are to have old rows.
  await ledger.owner('DELETE FROM ringfence.migration_tenants');
  nodes = [await startNode(), await startNode()];
  for (const { id, slug } of [A, B]) {
    await runInTenant(id, () =>
      nodes[0]?.pool.query('INSERT INTO documents (title, slug) VALUES ($1, $2)', [
        `Title of ${slug}`,
        slug,
      ]),
    );
  }
});
afterAll(async () => {
  for (const { app, pool } of nodes ?? []) {
    await app.close();
    await pool.end();
  }
  await ledger?.drop();
});
afterEach(async () => {
  await ledger.owner('DELETE FROM ringfence.migration_tenants');
  await ledger.owner("SELECT pg_notify('ringfence_changes', '')");
  await everywhere(A, ['Title of acme']);
  await everywhere(B, ['Title of globex']);
});

const soon = { timeout: 10_000, interval: 20 };

async function everywhere(tenant: typeof A, names: unknown): Promise<void> {
  for (const node of nodes) {
    await vi.waitFor(async () => expect(await node.names(tenant)).toEqual(names), soon);
  }
}

async function switchOver(tenant: typeof A): Promise<void> {
  await ledger.owner(
    "INSERT INTO ringfence.migration_tenants (migration, tenant, state) VALUES ($1, $2, 'switched')",
    [SLUGS, tenant.id],
  );
  // Nodes would hear of it within three seconds anyway.
  await ledger.owner("SELECT pg_notify('ringfence_changes', '')");
}

describe('@WhenMigrated', () => {
  it('serves two tenants in different shapes at the same time, on every node', async () => {
    await everywhere(A, ['Title of acme']);
    await switchOver(A);
    await everywhere(A, ['acme']);
    await everywhere(B, ['Title of globex']);
  });

  it('answers 404 with a code of its own on a route that has no old shape, behind its own guard', async () => {
    await switchOver(A);
    await everywhere(A, ['acme']);
    const ask = (tenant: typeof A, role?: string) =>
      nodes[0]?.app.inject({ url: '/documents/by-slug', headers: bearer(tokenFor(tenant, role)) });
    expect((await ask(A))?.json()).toEqual({ names: ['/acme'] });
    expect((await ask(B))?.json()).toMatchObject({ status: 404, code: 'NOT_MIGRATED' });
    // A viewer may not create: the permission below the decorator still counts, in both shapes.
    expect((await ask(A, 'viewer'))?.json().code).toBe('PERMISSION_DENIED');
    expect((await ask(B, 'viewer'))?.json().code).toBe('PERMISSION_DENIED');
  });

  it('goes back everywhere when somebody rolls back, and nobody gets an error meanwhile', async () => {
    await switchOver(A);
    await switchOver(B);
    await everywhere(A, ['acme']);
    await everywhere(B, ['globex']);
    const answers: unknown[] = [];
    let asking = true;
    const users = nodes.map(async (node) => {
      while (asking) answers.push(await node.names(A), await node.names(B));
    });
    try {
      await ledger.operator("SELECT ringfence.ask_migration('rollback', $1, 'ann', 'slow')", [
        SLUGS,
      ]);
      await everywhere(A, ['Title of acme']);
      await everywhere(B, ['Title of globex']);
    } finally {
      asking = false;
      await Promise.all(users);
    }
    const seen = new Set(answers.map((answer) => JSON.stringify(answer)));
    for (const answer of seen) expect(answer).toMatch(/^\["(acme|globex|Title of \w+)"\]$/);
    await ledger.owner("UPDATE ringfence.migrations SET state = 'rolled_back' WHERE name = $1", [
      SLUGS,
    ]);
    await ledger.owner("UPDATE ringfence.migrations SET state = 'rolling' WHERE name = $1", [
      SLUGS,
    ]);
  });

  it('fails closed: what cannot be read is an error, and not the old shape', async () => {
    const right = 'EXECUTE ON FUNCTION ringfence.switched_migrations()';
    await ledger.owner(`REVOKE ${right} FROM ringfence_app`);
    try {
      nodes[0]?.app.get(SwitchedMigrations).clear();
      expect(await nodes[0]?.names(A)).toBe('ISOLATION_VIOLATION');
    } finally {
      await ledger.owner(`GRANT ${right} TO ringfence_app`);
    }
    // The error was not remembered.
    expect(await nodes[0]?.names(A)).toEqual(['Title of acme']);
  });
});

describe('isSwitched', () => {
  const switched = () => nodes[0]?.app.get(SwitchedMigrations) as SwitchedMigrations;

  it('does not tell one tenant about another', async () => {
    await switchOver(B);
    await vi.waitFor(async () => expect(await switched().isSwitched(B.id, SLUGS)).toBe(true), soon);
    await expect(runInTenant(A.id, () => switched().isSwitched(B.id, SLUGS))).rejects.toMatchObject(
      { code: 'TENANT_CONTEXT_NESTED' },
    );
    expect(await runInTenant(A.id, () => switched().isSwitchedHere(SLUGS))).toBe(false);
  });

  it('knows no name that the module was not told', async () => {
    await expect(switched().isSwitched(A.id, 'misspelt')).rejects.toMatchObject({
      code: 'MIGRATION_UNKNOWN',
    });
  });

  it('needs no second connection inside a transaction', async () => {
    const pool = new TenantPool({
      connectionString: ledger.db.app,
      max: 1,
      connectionTimeoutMillis: 2000,
    });
    const own = new SwitchedMigrations({ names: [SLUGS], switched: pool });
    const answer = await runInTenant(A.id, () => pool.transaction(() => own.isSwitchedHere(SLUGS)));
    expect(answer).toBe(false);
    await pool.end();
  });

  it('asks the database once for many questions of the same moment', async () => {
    const asked = vi.spyOn(nodes[0]?.pool as TenantPool, 'switchedMigrations');
    switched().clear();
    await Promise.all(Array.from({ length: 50 }, () => switched().isSwitched(A.id, SLUGS)));
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
  });
});

describe('MigrationModule', () => {
  @Injectable()
  class Misspelt {
    @WhenMigrated('misspelt', { otherwise: 'nothing' })
    async names(): Promise<string> {
      return 'new';
    }
  }

  it('refuses to start with a name that it was not told, or an old shape that is not there', async () => {
    const module = await Test.createTestingModule({
      imports: [
        MigrationModule.forRoot({ names: [SLUGS], switched: nodes[0]?.pool as TenantPool }),
      ],
      providers: [Misspelt],
    }).compile();
    await expect(module.init()).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      detail: expect.stringMatching(/Misspelt.names waits for misspelt.*no method nothing/),
    });
  });

  it('is missed at the start by whoever uses the decorator without it', async () => {
    await expect(Test.createTestingModule({ providers: [Misspelt] }).compile()).rejects.toThrow(
      /SwitchedMigrations/,
    );
  });

  it('does not serve the new shape from an object that Nest did not make', async () => {
    await expect(new Misspelt().names()).rejects.toMatchObject({ code: 'NOT_MIGRATED' });
  });
});
