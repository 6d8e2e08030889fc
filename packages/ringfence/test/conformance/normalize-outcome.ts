import { ID } from './conformance-case.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const A_DAY_MS = 86_400_000;

/**
 * Writes a value as text in which what cannot be the same twice is replaced: random ids by their order
 * of appearance, times of today by a word. Types that JSON does not know keep their names.
 *
 * @param known ids that are the same on both sides.
 */
export function outcomeText(value: unknown, known: readonly string[]): string {
  const kept = new Set<string>([...Object.values(ID), ...known]);
  const seen = new Map<string, string>();
  const text = (id: string): string => {
    if (kept.has(id)) return id;
    seen.set(id, seen.get(id) ?? `<id ${seen.size + 1}>`);
    return String(seen.get(id));
  };
  const walk = (node: unknown): unknown => {
    if (typeof node === 'string') return UUID.test(node) ? text(node) : node;
    if (typeof node === 'bigint') return `bigint ${node}`;
    if (node === undefined) return 'undefined';
    if (typeof node !== 'object' || node === null) return node;
    if (node instanceof Date) {
      const recent = Math.abs(Date.now() - node.getTime()) < A_DAY_MS;
      return recent ? '<now>' : `date ${node.toISOString()}`;
    }
    if (node instanceof Uint8Array) {
      return `${node.constructor.name} ${Buffer.from(node).toString('hex')}`;
    }
    if (Array.isArray(node)) return node.map(walk);
    if ('toFixed' in node && 'd' in node) return `decimal ${String(node)}`;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]));
  };
  return JSON.stringify(walk(value), null, 1);
}

/** What a caller can tell of an error: its class, its code, PostgreSQL's code, and what it is about. */
export function errorShape(error: unknown): Readonly<Record<string, unknown>> {
  const { name, code, meta } = error as {
    name?: unknown;
    code?: unknown;
    meta?: Readonly<Record<string, unknown>>;
  };
  // How long a transaction took is measured, and never the same twice.
  const { driverAdapterError, timeTaken: _measured, ...about } = meta ?? {};
  const { cause } = (driverAdapterError ?? error) as {
    cause?: { originalCode?: unknown; kind?: unknown };
  };
  return {
    class: name,
    code,
    meta: about,
    kind: cause?.kind,
    sqlState: cause?.originalCode,
    message: name === 'PrismaClientValidationError' ? lastLine(error) : undefined,
  };
}

/** Without the caller's place in the code, which is the same for both anyway. */
function lastLine(error: unknown): string | undefined {
  return String((error as Error).message)
    .trim()
    .split('\n')
    .at(-1);
}
