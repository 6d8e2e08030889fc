import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import type { TestDatabase } from '../testing/index.js';
import { prove } from './index.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());

describe('a database that the generators wrote', () => {
  it('is proven', async () => {
    const proof = await prove({ adminUrl: db.admin, appUrl: db.app });
    expect(proof.findings.filter(({ verdict }) => verdict === 'leaked')).toEqual([]);
    expect(proof.summary.proven).toBeGreaterThan(20);
  });
});
