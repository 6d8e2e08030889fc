import pg from 'pg';
import { expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { expectIsolated } from './expect-isolated.js';

it('passes on a sound database and names what is wrong with another', async () => {
  const db = await createLibraryDatabase();
  // Which server runs the tests is not the database's doing.
  const options = {
    url: db.auditor,
    appRoles: [new URL(db.app).username],
    accept: ['server-version'],
  };
  try {
    await expectIsolated(options);
    const admin = new pg.Client({ connectionString: db.admin });
    await admin.connect();
    await admin.query('ALTER TABLE notes DISABLE ROW LEVEL SECURITY');
    await admin.end();
    await expect(expectIsolated(options)).rejects.toThrow(
      'critical rls-disabled-with-policies/table/public/notes',
    );
  } finally {
    await db.drop();
  }
});
