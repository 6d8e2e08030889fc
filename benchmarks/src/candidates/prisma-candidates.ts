import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { runInTenant } from 'ringfence/context';
import { TenantPool, UNPROVEN } from 'ringfence/postgres';
import { tenantPrisma } from 'ringfence/prisma';
import { INSERTED_TITLE, type Sample } from '../dataset.js';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Candidate, CandidateOptions } from './candidate.js';

const HIDDEN = { project: { tenantId: true }, document: { tenantId: true } } as const;
const TITLE = { title: INSERTED_TITLE, body: 'x'.repeat(192) };

function makeClient(adapter: PrismaPg) {
  return new PrismaClient({
    adapter,
    omit: HIDDEN,
    transactionOptions: { maxWait: 30_000, timeout: 30_000 },
  });
}
type Client = ReturnType<typeof makeClient>;
type Enter = <T>(sample: Sample, work: (client: Client) => Promise<T>) => Promise<T>;

/** The scenarios in Prisma's words: the same for every candidate that needs no other words. */
function scenarios(enter: Enter): Omit<Candidate, 'end'> {
  const find = (client: Client, id: string) => client.document.findUnique({ where: { id } });
  return {
    read: (sample) =>
      enter(sample, async (client) => ((await find(client, sample.documentId)) ? 1 : 0)),
    foreignRead: (sample, id) =>
      enter(sample, async (client) => ((await find(client, id)) ? 1 : 0)),
    list: ({ projectId, ...sample }) =>
      enter({ projectId, ...sample }, async (client) => {
        const rows = await client.document.findMany({ where: { projectId }, take: 50 });
        return rows.length;
      }),
    include: (sample) =>
      enter(sample, async (client) => {
        const { documentId: id } = sample;
        const row = await client.document.findUnique({ where: { id }, include: { project: true } });
        return row?.project ? 2 : 0;
      }),
    insert: (sample) =>
      enter(sample, async (client) => {
        const { projectId } = sample;
        const row = await client.document.create({ data: { projectId, ...TITLE } });
        return row.id ? 1 : 0;
      }),
    batch: (sample) =>
      enter(sample, async (client) => {
        const [document, project] = await client.$transaction([
          client.document.findUnique({ where: { id: sample.documentId } }),
          client.project.findUnique({ where: { id: sample.projectId } }),
        ]);
        return (document ? 1 : 0) + (project ? 1 : 0);
      }),
    interactive: (sample) =>
      enter(sample, (client) =>
        client.$transaction(async (tx) => {
          const document = await tx.document.findUnique({ where: { id: sample.documentId } });
          const project = await tx.project.findUnique({ where: { id: sample.projectId } });
          return (document ? 1 : 0) + (project ? 1 : 0);
        }),
      ),
  };
}

/** Plain Prisma without tenancy: what the others are compared with. */
export function plainPrisma(options: CandidateOptions, named: boolean): Candidate {
  const pool = plainPool(options);
  const names = new Map<string, string>();
  const statementNameGenerator = ({ sql }: { sql: string }): string => {
    let name = names.get(sql);
    if (name === undefined) {
      name = `p${names.size}`;
      names.set(sql, name);
    }
    return name;
  };
  const client = makeClient(new PrismaPg(pool, named ? { statementNameGenerator } : {}));
  return {
    ...scenarios((_sample, work) => work(client)),
    end: () => endBoth(client, pool),
  };
}

/** Ring-fenced Prisma, with proofs or without. */
export function ringFencedPrisma(options: CandidateOptions, proven: boolean): Candidate {
  const pool = new TenantPool({
    connectionString: options.url,
    application_name: options.name,
    max: options.connections,
    ...(proven ? {} : { keyring: UNPROVEN }),
  });
  const client = tenantPrisma(pool, makeClient);
  return {
    ...scenarios(({ tenantId }, work) => runInTenant(tenantId, () => work(client))),
    end: () => endBoth(client, pool),
  };
}

/**
 * Prisma's documented extension: every operation in a batch behind a `set_config`. The extended client
 * is kept per tenant, which the example does not do, so that its making is not what is measured.
 *
 * @see Prisma's example repository, `client-extensions/row-level-security`
 */
export function documentedExtension(options: CandidateOptions): Candidate {
  const pool = plainPool(options);
  const base = makeClient(new PrismaPg(pool));
  const setTenant = (id: string) =>
    base.$executeRaw`SELECT set_config('app.current_company_id', ${id}, TRUE)`;
  const extend = (id: string) =>
    base.$extends({
      query: {
        $allModels: {
          async $allOperations({ args, query }) {
            const [, result] = await base.$transaction([setTenant(id), query(args) as never]);
            return result;
          },
        },
      },
    }) as unknown as Client;
  const clients = new Map<string, Client>();
  const enter: Enter = ({ tenantId }, work) => {
    let client = clients.get(tenantId);
    if (!client) {
      client = extend(tenantId);
      clients.set(tenantId, client);
    }
    return work(client);
  };
  return {
    ...scenarios(enter),
    // The extension cannot be inside a transaction: there, users set the tenant by hand.
    batch: async ({ tenantId, documentId, projectId }) => {
      const [, document, project] = await base.$transaction([
        setTenant(tenantId),
        base.document.findUnique({ where: { id: documentId } }),
        base.project.findUnique({ where: { id: projectId } }),
      ]);
      return (document ? 1 : 0) + (project ? 1 : 0);
    },
    interactive: ({ tenantId, documentId, projectId }) =>
      base.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT set_config('app.current_company_id', ${tenantId}, TRUE)`;
        const document = await tx.document.findUnique({ where: { id: documentId } });
        const project = await tx.project.findUnique({ where: { id: projectId } });
        return (document ? 1 : 0) + (project ? 1 : 0);
      }),
    end: () => endBoth(base, pool),
  };
}

function plainPool({ url, name, connections }: CandidateOptions): pg.Pool {
  return new pg.Pool({ connectionString: url, application_name: name, max: connections });
}

async function endBoth(client: Client, pool: pg.Pool): Promise<void> {
  await client.$disconnect();
  await pool.end();
}
