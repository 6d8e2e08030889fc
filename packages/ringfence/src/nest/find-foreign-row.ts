import { Readable } from 'node:stream';
import { rowTenantOf, type TenantId } from '../context/index.js';

/**
 * Looks through a response for an entity whose row belongs to another tenant than `own`, and returns
 * that tenant; with no `own`, any entity is foreign. Goes by the mark that an entity carries from its
 * row, so that it matters neither whether `tenantId` is shown nor what texts and JSON hold.
 *
 * Walks what `JSON.stringify` would walk, and Maps, Sets and other collections too; each object once.
 * Bytes and streams are passed over.
 *
 * @param count is told how many entities of the tenant's own there are
 * @example
 * findForeignRow([ownNote, strayNote], acme); // the other tenant's id
 */
export function findForeignRow(
  body: unknown,
  own: TenantId | undefined,
  count = { rows: 0 },
): TenantId | undefined {
  const waiting: object[] = [];
  const seen = new Set<object>();
  const wait = (part: unknown): void => {
    // Most objects in a list are dates of rows, and hold nothing.
    if (typeof part === 'object' && part !== null && !(part instanceof Date)) waiting.push(part);
  };
  wait(body);
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const owner = rowTenantOf(value);
    if (owner !== undefined) {
      if (owner !== own) return owner;
      count.rows += 1;
    }
    eachPart(value, wait);
  }
  return undefined;
}

function eachPart(value: object, visit: (part: unknown) => void): void {
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) visit(value[at]);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === Object.prototype || prototype === null;
  if (plain) {
    // Without a list of the values: this is every row of every answer.
    for (const key in value) visit((value as Record<string, unknown>)[key]);
  } else {
    if (isOpaque(value)) return;
    for (const part of Object.values(value)) visit(part);
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') visit(toJSON.call(value, ''));
  if (plain) return;
  if (value instanceof Map) for (const key of value.keys()) visit(key);
  // A generator would be used up by looking; JSON shows nothing of it.
  if (Symbol.iterator in value && !('next' in value)) {
    const collection = value instanceof Map ? value.values() : (value as Iterable<unknown>);
    for (const part of collection) visit(part);
  }
}

function isOpaque(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof Readable ||
    value instanceof ReadableStream
  );
}
