import type { Pace } from './rollout-pace.js';
import type { RingSnapshot, RolloutSnapshot, TenantCounts } from './rollout-snapshot.js';

/** No line of the view is longer than this many characters. */
export const WATCH_COLUMNS = 80;

const BAR = 20;
const SHOWN_FAILURES = 5;
const SHOWN_ACTS = 3;

/**
 * The view of `ringfence migrate watch`: lines of at most 80 characters, without escape sequences, from
 * what is known and nothing else.
 *
 * @example
 * console.log(watchLines(snapshot, pace.after(snapshot)).join('\n'));
 */
export function watchLines(snapshot: RolloutSnapshot, pace: Pace): string[] {
  return [
    ...headLines(snapshot),
    '',
    progressLine(snapshot),
    paceLine(snapshot, pace),
    '',
    ...ringLines(snapshot.rings),
    ...failureLines(snapshot),
    ...surroundingLines(snapshot),
    ...actLines(snapshot),
  ].map((line) => cut(line, WATCH_COLUMNS));
}

function headLines({
  migration,
  state,
  at,
  reason,
  stopped,
  soakUntil,
}: RolloutSnapshot): string[] {
  const right = `${said(state)}  ${clock(at)}`;
  const name = cut(migration, WATCH_COLUMNS - right.length - 2);
  const lines = [name.padEnd(WATCH_COLUMNS - right.length) + right];
  if (reason !== null) lines.push(`why: ${reason}`);
  if (stopped) {
    const what = stopped.all ? 'all migrations' : 'this migration';
    const why = stopped.reason === null ? '' : `: ${stopped.reason}`;
    lines.push(`STOPPED: ${what}, by ${stopped.actor}${why}`);
  }
  if (soakUntil !== null && state === 'soaking') lines.push(`soaks until ${soakUntil}`);
  return lines;
}

function progressLine({ tenants }: RolloutSnapshot): string {
  const all = total(tenants);
  const done = tenants.switched ?? 0;
  const share = all === 0 ? 0 : done / all;
  const filled = Math.floor(share * BAR);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  return `${bar} ${percent(share)}  ${grouped(done)} of ${grouped(all)} tenants switched`;
}

function paceLine({ rowsDone, rowsExpected, uncounted }: RolloutSnapshot, pace: Pace): string {
  const { rowsPerSecond, tenantsPerSecond, secondsLeft } = pace;
  const known = uncounted === 0 && rowsExpected > rowsDone;
  const parts = [`${grouped(rowsDone)}${known ? ` of ${grouped(rowsExpected)}` : ''} rows`];
  if (rowsPerSecond !== undefined) parts.push(`${grouped(Math.round(rowsPerSecond))} rows/s`);
  if (tenantsPerSecond !== undefined) parts.push(`${tenantsPerSecond.toFixed(1)} tenants/s`);
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left in the open rings`);
  return parts.join(' · ');
}

const COLUMNS = ['tenants', 'switched', 'working', 'waiting', 'failed', 'aside'] as const;

function ringLines(rings: readonly RingSnapshot[]): string[] {
  if (rings.length === 0) return [];
  const numbers = (cells: readonly string[]): string =>
    cells.map((cell) => cell.padStart(10)).join('');
  return [
    `ring      state     ${numbers(COLUMNS)}`,
    ...rings.map(({ name, state, tenants }) => {
      const count = (...states: string[]): number =>
        states.reduce((sum, each) => sum + (tenants[each] ?? 0), 0);
      const cells = [
        total(tenants),
        count('switched'),
        count('backfilling', 'verifying', 'ready', 'reverting'),
        count('pending'),
        count('failed'),
        count('quarantined'),
      ];
      return `${cut(name, 9).padEnd(10)}${cut(state, 9).padEnd(10)}${numbers(cells.map(grouped))}`;
    }),
  ];
}

function failureLines({ failures, tenants }: RolloutSnapshot): string[] {
  const all = (tenants.failed ?? 0) + (tenants.quarantined ?? 0);
  if (all === 0) return [];
  const lines = failures.slice(0, SHOWN_FAILURES).map(({ tenant, state, code, attempts }) => {
    const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    return `  ${tenant}  ${state.padEnd(11)}  ${tried}  ${code ?? ''}`;
  });
  const more = all - lines.length;
  return [
    '',
    'to be seen to',
    ...lines,
    ...(more > 0 ? [`  and ${grouped(more)} more: ringfence migrate status --failures`] : []),
  ];
}

function surroundingLines({ files, nodes }: RolloutSnapshot): string[] {
  const lines: string[] = [];
  if (files.length > 0) lines.push(`schema    ${files.join(', ')}`);
  if (nodes.length > 0) {
    const versions = new Map<string, number>();
    for (const { version } of nodes) versions.set(version, (versions.get(version) ?? 0) + 1);
    const text = [...versions]
      .sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
      .map(([version, count]) => `${count} × ${version}`);
    lines.push(`nodes     ${text.join(', ')}`);
  }
  return lines.length > 0 ? ['', ...lines] : [];
}

function actLines({ acts }: RolloutSnapshot): string[] {
  if (acts.length === 0) return [];
  return [
    '',
    ...acts.slice(0, SHOWN_ACTS).map(({ at, actor, act, ring, tenant, reason }) => {
      const what = [act, ring, tenant].filter((part) => part !== null).join(' ');
      return `${clock(at)}  ${actor}: ${what}${reason === null ? '' : ` (${reason})`}`;
    }),
  ];
}

function said(state: string): string {
  return state.replaceAll('_', ' ');
}

function total(tenants: TenantCounts): number {
  return Object.values(tenants).reduce((sum, count) => sum + count, 0);
}

function clock(iso: string): string {
  return iso.slice(11, 19);
}

/** Never 100 % before it is. */
function percent(share: number): string {
  return `${Math.floor(share * 100)} %`.padStart(5);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Characters as a terminal counts them, roughly; control characters would move its cursor. */
function cut(text: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, ' ');
  const characters = Array.from(clean);
  if (characters.length <= columns) return clean;
  return `${characters.slice(0, columns - 1).join('')}…`;
}
