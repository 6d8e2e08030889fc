import type { Queryable } from '../../sql/index.js';
import type { PhasedMigration, SqlFile } from '../folder/index.js';
import { readTableFacts } from './catalog-facts.js';
import { namedTables } from './named-tables.js';
import { type Plane, readStatements, type Statement } from './read-statements.js';
import type { LintFinding, LintRule } from './rule.js';
import { RULES } from './rules/index.js';
import { World } from './world.js';

/** What {@link lintMigration} found. */
export interface LintReport {
  readonly migration: string;
  /** Was there a database to ask about size and constraints? */
  readonly asked: boolean;
  /** By file and line; the allowed ones are among them. */
  readonly findings: readonly LintFinding[];
  /** No finding of severity `error` that is not allowed. */
  readonly ok: boolean;
}

/**
 * Looks at the SQL of a migration before anything runs: what would block others, break the release that
 * still runs, or open a way across tenants. With a database it also knows which tables are large and
 * what is validated; without one, every table that is not new is taken for large. It reads the catalog
 * only.
 *
 * @throws RingfenceError `MIGRATION_PARSER_MISSING`, `MIGRATION_FOLDER_INVALID` for a syntax error.
 * @example
 * const report = await lintMigration(readMigrationFolder('migrations/20261127_slug'), client);
 * if (!report.ok) console.log(lintText([report]));
 */
export async function lintMigration(
  migration: Pick<PhasedMigration, 'name' | 'expand' | 'contract'>,
  client?: Queryable,
): Promise<LintReport> {
  const read = (files: readonly SqlFile[], plane: Plane): Promise<Statement[][]> =>
    Promise.all(files.map((file) => readStatements(file, plane)));
  const planes = [
    await read(migration.expand, 'expand'),
    await read(migration.contract, 'contract'),
  ];
  const statements = planes.flat(2);
  const facts = client ? await readTableFacts(client, namedTables(statements)) : undefined;
  const world = new World(statements, facts);
  const findings = statements.flatMap((statement) => look(statement, world));
  const late = RULES.flatMap((rule) =>
    [...(rule.atEnd?.(world) ?? [])].map(({ statement, evidence }) =>
      finding(rule, statement, evidence),
    ),
  );
  const all = [
    ...findings,
    ...late,
    ...statements.flatMap((each) => allowanceFindings(each, [...findings, ...late])),
  ];
  return {
    migration: migration.name,
    asked: world.asked,
    findings: inOrder(all, statements),
    ok: all.every(({ severity, allowed }) => severity !== 'error' || allowed !== undefined),
  };
}

function look(statement: Statement, world: World): LintFinding[] {
  const found = statement.changes.flatMap((change) => {
    const seen = { statement, plane: statement.plane, world };
    const here = RULES.flatMap((rule) =>
      [...(rule.find?.(change, seen) ?? [])].map((evidence) => finding(rule, statement, evidence)),
    );
    world.follow(change, statement);
    return here;
  });
  return found;
}

function finding(rule: LintRule, statement: Statement, evidence: string): LintFinding {
  const { id, severity, title, consequence, instead } = rule;
  const allowed = statement.allowances.find((each) => each.rule === id && each.reason !== '');
  return {
    rule: id,
    severity,
    file: statement.file.file,
    line: statement.line,
    title,
    evidence,
    consequence,
    instead,
    ...(allowed ? { allowed: allowed.reason } : {}),
  };
}

/** An allowance of a rule that does not exist, without a reason, or of what was not found. */
function allowanceFindings(statement: Statement, found: readonly LintFinding[]): LintFinding[] {
  return statement.allowances.flatMap(({ rule, reason, line }) => {
    const known = RULES.some(({ id }) => id === rule);
    const used = found.some(
      (each) =>
        each.rule === rule && each.file === statement.file.file && each.line === statement.line,
    );
    if (known && reason !== '' && used) return [];
    return [
      {
        rule: 'allowance',
        severity: known && reason !== '' ? 'warning' : 'error',
        file: statement.file.file,
        line,
        title: 'A line allows what it cannot allow',
        evidence: !known
          ? `there is no rule ${rule}`
          : reason === ''
            ? `it gives no reason: -- ringfence: allow ${rule}: <why it is safe here>`
            : `the statement under it does not break ${rule}`,
        consequence: 'Nothing is allowed by it.',
        instead: 'Name the rule and the reason, right above the statement; or remove the line.',
      } as const,
    ];
  });
}

function inOrder(found: LintFinding[], statements: readonly Statement[]): LintFinding[] {
  const files = [...new Set(statements.map(({ file }) => file.file))];
  const at = ({ file }: LintFinding): number => files.indexOf(file);
  return found.sort((one, other) => at(one) - at(other) || one.line - other.line);
}
