import type { PoolClient } from 'pg';

/** The messages of node-postgres that take the unnamed statement of a connection. */
interface Wire {
  parse(query: object): void;
  query(text: string): void;
}

/**
 * What this process knows to stand in a connection's unnamed statement. It stays there until the next
 * Parse without a name or the next simple query, and SQL can neither name it nor replace it: PREPARE and
 * DEALLOCATE need a name. So the binding can be kept in it, where a named one could be poisoned.
 *
 * Flights say what they put there; whatever else node-postgres sends is seen on the wire and empties it.
 *
 * @see PostgreSQL manual, 54.2.3 "Extended Query", on the life of the unnamed statement
 */
export class UnnamedSlot {
  holds: string | undefined;

  constructor(client: PoolClient) {
    const wire = (client as unknown as { connection: Wire }).connection;
    const { parse, query } = wire;
    wire.parse = (message) => {
      this.holds = undefined;
      parse.call(wire, message);
    };
    wire.query = (text) => {
      this.holds = undefined;
      query.call(wire, text);
    };
  }
}
