import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';
import { fromPostgres } from './from-postgres.js';
import { RingfenceError } from './ringfence-error.js';

describe('fromPostgres', () => {
  it.each([
    ['23505', 'ALREADY_EXISTS'],
    ['23503', 'REFERENCE_NOT_FOUND'],
    ['23001', 'HAS_CHILDREN'],
    ['25P02', 'TRANSACTION_NOT_COMMITTED'],
    ['42501', 'ISOLATION_VIOLATION'],
    ['40001', 'SERIALIZATION_FAILURE'],
    ['57P01', 'DATABASE_UNAVAILABLE'],
    ['08006', 'DATABASE_UNAVAILABLE'],
    ['3D000', 'DATABASE_UNAVAILABLE'],
    ['28P01', 'DATABASE_UNAVAILABLE'],
    ['RF001', 'TENANT_SWITCH_IN_TRANSACTION'],
    ['RF003', 'TENANT_CONTEXT_UNPROVEN'],
    ['RF102', 'MIGRATION_LEASE_LOST'],
    ['XX000', 'INTERNAL'],
    ['ECONNRESET', 'DATABASE_UNAVAILABLE'],
  ])('turns %s into %s', (sqlstate, code) => {
    expect(fromPostgres({ code: sqlstate, message: 'm' }).code).toBe(code);
  });

  it('tells the two ends of a foreign key apart', () => {
    const ends = [
      ['insert or update on table "notes" violates …', 'REFERENCE_NOT_FOUND'],
      ['update or delete on table "folders" violates …', 'HAS_CHILDREN'],
    ];
    for (const [message, code] of ends) {
      expect(fromPostgres({ code: '23503', message }).code).toBe(code);
    }
  });

  it('copies nothing of what the database said', () => {
    const secret = 'Key (email)=(ada@example.test) already exists.';
    const error = fromPostgres({ code: '23505', message: secret, detail: secret, hint: secret });
    expect(`${error.message}${error.detail}${error.stack}`).not.toContain('ada@example.test');
    expect(error.cause).toMatchObject({ detail: secret });
  });

  it('leaves an error of the catalogue as it is, and anything else is internal', () => {
    const own = new RingfenceError('NOT_FOUND');
    expect(fromPostgres(own)).toBe(own);
    for (const odd of [undefined, null, 'text', 7, new Error('Connection odd')]) {
      expect(fromPostgres(odd).code).toBe('INTERNAL');
    }
    expect(fromPostgres(new Error('Connection terminated unexpectedly')).code).toBe(
      'DATABASE_UNAVAILABLE',
    );
  });
});

describe('the catalogue', () => {
  it('has a status, a sentence and a remedy for every code', () => {
    for (const [code, entry] of Object.entries(CATALOGUE)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.sentence).toMatch(/^[A-Z].*\.$/);
      expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('an error that another library has wrapped', () => {
  it('is told by its cause: Drizzle and others put the original there', () => {
    const wrapped = (cause: unknown): Error => new Error('Failed query: …', { cause });
    const unique = wrapped(Object.assign(new Error('duplicate key'), { code: '23505' }));
    expect(fromPostgres(unique)).toMatchObject({ code: 'ALREADY_EXISTS', cause: unique });
    const own = new RingfenceError('TENANT_CONTEXT_MISSING');
    expect(fromPostgres(wrapped(wrapped(own)))).toBe(own);
    expect(fromPostgres(wrapped('text')).code).toBe('INTERNAL');
    const endless = new Error('endless');
    endless.cause = endless;
    expect(fromPostgres(endless).code).toBe('INTERNAL');
  });
});
