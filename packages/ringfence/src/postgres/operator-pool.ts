import pg, { type PoolConfig } from 'pg';
import { RingfenceError } from '../errors/index.js';
import type { Queryable } from '../sql/index.js';
import { hearErrors } from './hear-errors.js';

/**
 * The platform's own connection: the directory and other tables that belong to no tenant, as the
 * operator role. It says why each time, and it never sees rows of tenant tables.
 *
 * @example
 * await operator.run('create tenant', (db) => db.query('INSERT INTO ringfence.tenants …'));
 */
export class OperatorPool {
  readonly #pool: pg.Pool;

  constructor(config: PoolConfig) {
    this.#pool = new pg.Pool(config);
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', hearErrors);
  }

  /**
   * Runs `fn` in one transaction.
   *
   * @param reason why the platform acts; shown as `application_name` for the length of the work.
   * @throws RingfenceError `CONFIGURATION_INVALID` without a reason.
   */
  async run<T>(reason: string, fn: (client: Queryable) => Promise<T>): Promise<T> {
    if (reason.trim() === '') {
      throw new RingfenceError('CONFIGURATION_INVALID', {
        detail: 'Platform work needs a reason.',
      });
    }
    const client = await this.#pool.connect();
    let clean = false;
    try {
      await client.query('BEGIN');
      await client.query("SELECT set_config('application_name', $1, true)", [
        `operator: ${reason}`.slice(0, 63),
      ]);
      const result = await fn(client);
      const commit = await client.query('COMMIT');
      clean = true;
      if (commit.command === 'ROLLBACK') throw new RingfenceError('TRANSACTION_NOT_COMMITTED');
      return result;
    } catch (error) {
      if (!clean) clean = await client.query('ROLLBACK').then(Boolean, () => false);
      throw error;
    } finally {
      client.release(!clean);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}
