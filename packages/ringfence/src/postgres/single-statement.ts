import type { QueryConfig, QueryResult } from 'pg';
import { RingfenceError } from '../errors/index.js';
import type { FlightStep } from './flight-step.js';
import type { Landing, TenantConnection } from './tenant-connection.js';

/** SQLSTATE of ringfence.bind() when the transaction already carries another tenant. */
const OTHER_TENANT_BOUND = 'RF001';

const always = async (): Promise<boolean> => true;

/**
 * Runs one statement outside a transaction: it and its binding are one implicit transaction, and one
 * network round trip.
 *
 * @param bind makes the binding's step; called once there is a connection.
 * @param done told of the result, or of the error: `CONNECTION_RESIDUE` when nothing was done because of
 *   what an earlier user had left, `TRANSACTION_CONTROL_REFUSED` when the statement opened a transaction
 *   of its own, or the server's.
 */
export function runAlone(
  connection: TenantConnection,
  bind: () => FlightStep,
  config: QueryConfig,
  done: (error: unknown, result?: QueryResult) => void,
): void {
  const land = (landing: Landing): void => {
    try {
      checkBound(connection, landing, 1);
      if (connection.status !== 'I') {
        // The transaction that the statement has opened carries the binding.
        connection.condemn();
        throw landing.error ?? new RingfenceError('TRANSACTION_CONTROL_REFUSED');
      }
      done(undefined, landed(landing));
    } catch (error) {
      done(error);
    }
  };
  try {
    connection.launch([bind()], config, always, land);
  } catch (error) {
    done(error);
  }
}

/**
 * Were the leading steps of a flight, the binding the last of them, carried out?
 *
 * @throws RingfenceError `CONNECTION_RESIDUE`, and the connection is used by nobody again; the server's
 *   error otherwise.
 */
export function checkBound(
  connection: TenantConnection,
  { error, steps }: Landing,
  wanted: number,
): void {
  if (!error || steps === wanted) return;
  if ((error as { code?: string }).code !== OTHER_TENANT_BOUND) throw error;
  // Nothing was bound in this transaction yet: an earlier user's raw SQL left a session setting.
  connection.condemn();
  throw new RingfenceError('CONNECTION_RESIDUE', { cause: error });
}

/** The result that a flight brought back, or its error thrown. */
export function landed({ result, error }: Landing): QueryResult {
  if (error || !result) throw error ?? new RingfenceError('INTERNAL');
  return result;
}
