import pg from 'pg';
import { runInTenant } from 'ringfence/context';
import { TenantPool, UNPROVEN } from 'ringfence/postgres';
import { INSERTED_TITLE, type Sample } from '../dataset.js';
import type { Candidate, CandidateOptions } from './candidate.js';

const TEXTS = {
  document: 'SELECT id, project_id, title, body, version FROM documents WHERE id = $1',
  project: 'SELECT id, name FROM projects WHERE id = $1',
  list: 'SELECT id, project_id, title, body, version FROM documents WHERE project_id = $1 LIMIT 50',
  insert: 'INSERT INTO documents (project_id, title, body) VALUES ($1, $2, $3) RETURNING id',
} as const;
type Statement = keyof typeof TEXTS;

type Run = (statement: Statement, values: unknown[]) => Promise<{ rows: unknown[] }>;
interface Access {
  enter<T>(sample: Sample, work: () => Promise<T>): Promise<T>;
  query: Run;
  transaction<T>(work: (query: Run) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

/** Plain `pg` with prepared statements, and no tenancy. */
export function plainPg({ url, name, connections }: CandidateOptions): Candidate {
  const pool = new pg.Pool({ connectionString: url, application_name: name, max: connections });
  const config = (statement: Statement, values: unknown[]) => ({
    name: statement,
    text: TEXTS[statement],
    values,
  });
  return scenarios({
    enter: (_sample, work) => work(),
    query: (statement, values) => pool.query(config(statement, values)),
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work((statement, values) => client.query(config(statement, values)));
        await client.query('COMMIT');
        return result;
      } finally {
        client.release();
      }
    },
    end: () => pool.end(),
  });
}

/** `pg` through the tenant pool, with proofs or without. */
export function tenantPg(options: CandidateOptions, proven: boolean): Candidate {
  const pool = new TenantPool({
    connectionString: options.url,
    application_name: options.name,
    max: options.connections,
    ...(proven ? {} : { keyring: UNPROVEN }),
  });
  return scenarios({
    enter: ({ tenantId }, work) => runInTenant(tenantId, work),
    query: (statement, values) => pool.query(TEXTS[statement], values),
    transaction: (work) =>
      pool.transaction((client) =>
        work((statement, values) => client.query(TEXTS[statement], values)),
      ),
    end: () => pool.end(),
  });
}

function scenarios({ enter, query, transaction, end }: Access): Candidate {
  const count = async (statement: Statement, values: unknown[]): Promise<number> =>
    (await query(statement, values)).rows.length;
  const both = async (run: Run, { documentId, projectId }: Sample): Promise<number> => {
    const { rows: documents } = await run('document', [documentId]);
    const { rows: projects } = await run('project', [projectId]);
    return documents.length + projects.length;
  };
  return {
    read: (sample) => enter(sample, () => count('document', [sample.documentId])),
    foreignRead: (sample, id) => enter(sample, () => count('document', [id])),
    list: (sample) => enter(sample, () => count('list', [sample.projectId])),
    include: (sample) => enter(sample, () => both(query, sample)),
    insert: (sample) =>
      enter(sample, () => count('insert', [sample.projectId, INSERTED_TITLE, 'x'.repeat(192)])),
    batch: (sample) => enter(sample, () => transaction((run) => both(run, sample))),
    interactive: (sample) => enter(sample, () => transaction((run) => both(run, sample))),
    end,
  };
}
