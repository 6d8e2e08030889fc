import pg from 'pg';
import { encodeKnown } from './encode-known.js';
import type { FlightStatement, FlightStep } from './flight-step.js';
import type { UnnamedSlot } from './unnamed-slot.js';

/** node-postgres' own encoders, as far as a flight needs them. */
interface Encoder {
  parse(message: object): void;
  bind(message: object): void;
  describe(message: object): void;
  close(message: object): void;
  execute(message: object): void;
  sync(): void;
}

/**
 * Writes the messages of a flight into one buffer. One write is one system call and one packet; the
 * encoders are those of `pg.Connection`, told to keep what they would send.
 *
 * @param slot what stands in the connection's unnamed statement; told of what will stand there next.
 * @example
 * connection.stream.write(encodeFlight(steps, statement, slot));
 */
export function encodeFlight(
  steps: readonly FlightStep[],
  statement: FlightStatement,
  slot: UnnamedSlot,
): Buffer {
  const lead: Buffer[] = [];
  for (const step of steps) {
    const parsed = step.again && slot.holds === step.text;
    lead.push((parsed ? step.again : step.bytes) ?? encodeStep(step));
    slot.holds = step.text;
  }
  const { name, known, close, values, binary } = statement;
  if (name === undefined) slot.holds = undefined;
  else if (known && close === undefined) return encodeKnown(lead, name, values, binary);
  return record((to, chunks) => {
    chunks.push(...lead);
    encodeStatement(to, statement);
    to.sync();
  });
}

/** The messages of one leading step; for a step that is sent often, kept in its `bytes`. */
export function encodeStep({ text, types, values }: FlightStep): Buffer {
  return record((to) => {
    to.parse({ text, name: '', types });
    to.bind({ values });
    to.execute({});
  });
}

/** The messages of a step that is parsed already; for its `again`. */
export function encodeStepAgain({ values }: FlightStep): Buffer {
  return record((to) => {
    to.bind({ values });
    to.execute({});
  });
}

function encodeStatement(to: Encoder, statement: FlightStatement): void {
  const { text, name = '', types, values, known, close, binary } = statement;
  if (close !== undefined) to.close({ type: 'S', name: close });
  if (!known) to.parse({ text, name, types });
  to.bind({ statement: name, values, binary });
  if (!known) to.describe({ type: 'P' });
  to.execute({});
}

function record(write: (to: Encoder, chunks: Buffer[]) => void): Buffer {
  const recorder = new Recorder();
  write(recorder as unknown as Encoder, recorder.chunks);
  return Buffer.concat(recorder.chunks);
}

class Recorder {
  readonly chunks: Buffer[] = [];

  /** Where every encoder of `pg.Connection` ends. */
  _send(chunk: Buffer): void {
    this.chunks.push(chunk);
  }
}
// The encoders alone: a connection of its own would open a socket.
Object.setPrototypeOf(Recorder.prototype, pg.Connection.prototype);
