/** Execute of the unnamed portal without a limit of rows, and Sync. */
const EXECUTE_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
const BIND = 0x42;
const TEXT = 0;
const BINARY = 1;
const NONE: readonly Value[] = [];

type Value = string | Buffer | null;

/**
 * Bind, Execute and Sync of a statement that the connection has by name, behind the flight's leading
 * messages: what node-postgres' encoders would write, in one buffer of the right size from the start. Almost
 * every flight of a running application is of this kind.
 *
 * @param lead the encoded leading steps.
 * @param binary are the results wanted in binary form?
 * @see PostgreSQL manual, 55.7 "Message Formats", Bind
 */
export function encodeKnown(
  lead: readonly Buffer[],
  name: string,
  values: readonly Value[] = NONE,
  binary = false,
): Buffer {
  // An empty portal name, the statement's name, three counts and the format of the results.
  let length = 4 + 1 + name.length + 1 + 2 + 2 + 2 + 2;
  for (const value of values) length += 2 + 4 + lengthOf(value);
  let at = 0;
  for (const chunk of lead) at += chunk.length;
  const bytes = Buffer.allocUnsafe(at + 1 + length + EXECUTE_SYNC.length);
  at = 0;
  for (const chunk of lead) at += chunk.copy(bytes, at);
  at = bytes.writeUInt8(BIND, at);
  at = bytes.writeInt32BE(length, at);
  at = bytes.writeUInt8(0, at);
  at += bytes.write(name, at, 'latin1');
  at = bytes.writeUInt8(0, at);
  at = bytes.writeUInt16BE(values.length, at);
  for (const value of values) at = bytes.writeInt16BE(Buffer.isBuffer(value) ? BINARY : TEXT, at);
  at = bytes.writeUInt16BE(values.length, at);
  for (const value of values) at = writeValue(bytes, value, at);
  at = bytes.writeInt16BE(1, at);
  at = bytes.writeInt16BE(binary ? BINARY : TEXT, at);
  EXECUTE_SYNC.copy(bytes, at);
  return bytes;
}

function lengthOf(value: Value): number {
  if (value === null) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

function writeValue(bytes: Buffer, value: Value, at: number): number {
  if (value === null) return bytes.writeInt32BE(-1, at);
  if (typeof value !== 'string') {
    const start = bytes.writeInt32BE(value.length, at);
    return start + value.copy(bytes, start);
  }
  const written = bytes.write(value, at + 4);
  bytes.writeInt32BE(written, at);
  return at + 4 + written;
}
