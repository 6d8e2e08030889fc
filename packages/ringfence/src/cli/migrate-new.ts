import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { RingfenceError } from '../errors/index.js';
import { parseTableName, scaffoldMigration } from '../migration/index.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence migrate new NAME --table TABLE --column COLUMN

  NAME             what it does: document_slug; a time is put in front
  --table TABLE    schema.table of a tenant table that stands already
  --column COLUMN  the new column
  --type TYPE      its type; default text
  --from OLD       the column that it takes the place of: adds a trigger that
                   keeps both true, a backfill, its verification, and a contract
                   that drops the old one
  --folder FOLDER  default migrations

It writes files for you to edit and touches no database.`;

/** `ringfence migrate new`: a folder that lints clean and runs, to be edited. */
export async function migrateNewCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  const [name, ...more] = positionals;
  if (values.help) {
    terminal.out(USAGE);
    return 0;
  }
  if (name === undefined || more.length > 0) throw invalid('Name one migration.');
  if (!/^[a-z0-9_]{1,100}$/.test(name)) throw invalid('NAME has a-z, 0-9 and _ only.');
  const table = parseTableName(values.table ?? '');
  if (!table) throw invalid('Give --table schema.table.');
  if (values.column === undefined) throw invalid('Give --column.');
  const root = path.resolve(terminal.cwd ?? process.cwd(), values.folder ?? 'migrations');
  const folder = path.join(root, `${timestamp(new Date())}_${name}`);
  if (existsSync(folder)) throw invalid(`${folder} is there already.`);
  const files = scaffoldMigration({
    table,
    column: values.column,
    type: values.type ?? 'text',
    ...(values.from === undefined ? {} : { from: values.from }),
  });
  mkdirSync(folder, { recursive: true });
  for (const { file, sql } of files) {
    writeFileSync(path.join(folder, file), sql);
    terminal.out(`wrote ${path.relative(path.dirname(root), path.join(folder, file))}`);
  }
  return 0;
}

function timestamp(now: Date): string {
  return now.toISOString().replace(/\D/g, '').slice(0, 14);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        table: { type: 'string' },
        column: { type: 'string' },
        type: { type: 'string' },
        from: { type: 'string' },
        folder: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}
