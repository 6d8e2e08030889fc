import type { Proof } from '../proof.js';
import { type Finding, OPERATIONS } from '../verdict.js';

const WIDTH = 80;
const MARKS = { proven: '.', leaked: 'L', accepted: 'a', 'not-provable': '?' } as const;

/** One character per cell of the matrix; the worst of both directions. */
export function markOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return ' ';
  if (findings.some((one) => one.verdict === 'leaked' && one.accepted === undefined)) {
    return MARKS.leaked;
  }
  if (findings.some(({ accepted }) => accepted !== undefined)) return MARKS.accepted;
  return findings.some(({ verdict }) => verdict === 'not-provable')
    ? MARKS['not-provable']
    : MARKS.proven;
}

/** The matrix and every leak, in lines of at most 80 columns. */
export function terminalReport(proof: Proof): string[] {
  const { subject, summary, findings } = proof;
  const objects = [...new Set(findings.map(({ object }) => object))];
  const used = OPERATIONS.filter((name) => findings.some(({ operation }) => operation === name));
  const room = WIDTH - used.length * 2 - 2;
  const lines = [
    `${subject.database} as ${subject.role}, PostgreSQL ${subject.server}`,
    `bound by ${subject.binding}`,
    '',
    ...used.map((name, at) => `${' '.repeat(room + 2)}${'| '.repeat(at)}${name}`.slice(0, WIDTH)),
    ...objects.map((object) => {
      const cells = used.map((operation) =>
        markOf(findings.filter((one) => one.object === object && one.operation === operation)),
      );
      return `${shortened(object, room).padEnd(room)}  ${cells.join(' ')}`.trimEnd();
    }),
    '',
    '. proven   L leaked   a leaked, accepted   ? not provable   blank: not tried',
  ];
  const told = new Set<string>();
  for (const finding of findings) {
    const { object, operation, verdict } = finding;
    const text = detail(finding);
    if (verdict === 'proven' || told.has(`${object} ${operation}`)) continue;
    told.add(`${object} ${operation}`);
    lines.push('', ...wrapped(`${mark(finding)} ${object}: ${operation}`, 0), ...wrapped(text, 2));
  }
  const { proven, leaked, accepted, notProvable } = summary;
  return [
    ...lines,
    '',
    `${summary.objects} objects: ${proven} proven, ${leaked} leaked, ${accepted} accepted, ${notProvable} not provable`,
  ].flatMap((line) => wrapped(line, 0));
}

function mark({ verdict, accepted }: Finding): string {
  if (accepted !== undefined) return 'ACCEPTED';
  return verdict === 'leaked' ? 'LEAKED' : 'not provable';
}

function detail(finding: Finding): string {
  if (finding.verdict === 'proven') return finding.how;
  if (finding.verdict === 'not-provable') return finding.why;
  const why = finding.accepted === undefined ? '' : ` Accepted: ${finding.accepted}`;
  return `${finding.learnt}, by ${finding.statement}${why}`;
}

function shortened(text: string, width: number): string {
  const flat = text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
  return flat.length <= width ? flat : `${flat.slice(0, width - 1)}…`;
}

/** Control characters of hostile names never reach the terminal. */
function wrapped(text: string, indent: number): string[] {
  const flat = text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
  const pad = ' '.repeat(indent);
  const lines: string[] = [];
  for (let rest = flat; rest !== '' || lines.length === 0; ) {
    const width = WIDTH - indent;
    const space = rest.length <= width ? rest.length : rest.lastIndexOf(' ', width);
    const end = space > width / 2 ? space : Math.min(width, rest.length);
    lines.push(`${pad}${rest.slice(0, end)}`.trimEnd());
    rest = rest.slice(end).replace(/^ /, '');
  }
  return lines;
}
