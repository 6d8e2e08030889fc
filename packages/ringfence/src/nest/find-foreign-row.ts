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
 * @example
 * findForeignRow([ownNote, strayNote], acme); // the other tenant's id
 */
export function findForeignRow(body: unknown, own: TenantId | undefined): TenantId | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const seen = new Set<object>();
  const waiting: object[] = [body];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const owner = rowTenantOf(value);
    if (owner !== undefined && owner !== own) return owner;
    if (isOpaque(value)) continue;
    for (const part of partsOf(value)) {
      if (typeof part === 'object' && part !== null) waiting.push(part);
    }
  }
  return undefined;
}

function isOpaque(value: object): boolean {
  return (
    value instanceof Date ||
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof Readable ||
    value instanceof ReadableStream
  );
}

function* partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value)) return yield* value;
  yield* Object.values(value);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') yield toJSON.call(value, '');
  if (value instanceof Map) yield* value.keys();
  // A generator would be used up by looking; JSON shows nothing of it.
  if (Symbol.iterator in value && !('next' in value)) {
    yield* value instanceof Map ? value.values() : (value as Iterable<unknown>);
  }
}
