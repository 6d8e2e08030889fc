import type { MigrationPlan, PlannedBackfill, PlannedStatement } from './plan-migration.js';
import { PACE } from './plan-migration.js';

const WIDTH = 80;
const COLUMNS = { lock: 23, table: 26, stops: 14 } as const;

/** A plan for a terminal of 80 columns. */
export function planText(plan: MigrationPlan): string {
  const paces = Object.entries(PACE).map(([work, pace]) => `${work}: ${pace} MB/s`);
  return [
    plan.migration,
    '',
    `  ${'lock'.padEnd(COLUMNS.lock)}${'table'.padEnd(COLUMNS.table)}${'waits'.padEnd(COLUMNS.stops)}for about`,
    ...plan.statements.flatMap(statement),
    ...(plan.backfill ? ['', ...backfill(plan.backfill)] : []),
    ...(plan.trial ? ['', ...trial(plan.trial)] : []),
    '',
    'Estimated by one session of a plain server:',
    ...paces.map((pace) => `  ${pace}`),
    'A lock is waited for half a second at most; then it gives way and tries again.',
  ].join('\n');
}

function statement({ file, line, text, locks }: PlannedStatement): string[] {
  return [
    `${file}:${line} ${text}`,
    ...locks.map(({ table, mode, stops, rows, work, seconds }) => {
      const size = work === 'catalog' || rows === null ? '' : ` ${count(rows)} rows`;
      const time = seconds === null ? 'unknown' : `${duration(seconds)}${size}`;
      return `  ${mode.padEnd(COLUMNS.lock)}${table.padEnd(COLUMNS.table)}${stops.padEnd(COLUMNS.stops)}${time}`;
    }),
    ...(locks.length === 0 ? ['  no lock on a table in use'] : []),
  ].map(cut);
}

function backfill({
  table,
  rows,
  tenants,
  rowsPerTenant,
  sample,
  seconds,
}: PlannedBackfill): string[] {
  const all = rows === null ? 'an unknown number of' : `about ${count(rows)}`;
  const each = rowsPerTenant === null ? '' : `, ${count(rowsPerTenant)} each on average`;
  const per =
    seconds !== undefined && tenants > 0 ? `, ${duration(seconds / tenants)} a tenant` : '';
  return [
    `backfill of ${table}: ${all} rows`,
    ...(tenants > 0 ? [`  of ${count(tenants)} tenants${each}`] : []),
    ...(sample
      ? [
          `  measured: ${count(sample.rows)} rows in ${Math.round(sample.ms)} ms over ${sample.tenants} tenants`,
          `  the largest of them has ${count(sample.largest)} rows`,
          seconds === undefined
            ? '  nothing to change was seen'
            : `  about ${duration(seconds)} in all by one worker${per}`,
        ]
      : ['  not measured: --sample']),
  ].map(cut);
}

function trial(found: NonNullable<MigrationPlan['trial']>): string[] {
  return Object.entries(found).flatMap(([file, seen]) =>
    typeof seen === 'string'
      ? [`trial of ${file}: ${seen}`]
      : [
          `trial of ${file}, rolled back:${seen.length === 0 ? ' no lock on a table in use' : ''}`,
          ...seen.map(({ table, mode }) => `  ${mode} on ${table}`),
        ],
  );
}

function cut(line: string): string {
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Catalog changes, and whatever is over before anybody notices, are `< 1 s`. */
function duration(seconds: number): string {
  if (seconds < 1) return '< 1 s';
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/** The same for machines. */
export function planJson(plans: readonly MigrationPlan[]): string {
  return JSON.stringify({ plans }, null, 2);
}
