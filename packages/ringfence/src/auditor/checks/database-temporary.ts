import type { Check } from '../check.js';
import { databaseObject, sqlColumn, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const databaseTemporary: Check = {
  id: 'database-temporary',
  title: 'The application may create temporary objects',
  severity: 'medium',
  consequence: 'They outlive a transaction on a pooled connection and shadow real ones.',
  *run(survey) {
    const { database } = survey.catalog;
    const holders = survey.granted(database, 'TEMPORARY');
    if (holders.length === 0) return;
    yield {
      object: databaseObject(),
      evidence: `TEMPORARY for ${who(database.acl.filter(({ privilege }) => privilege === 'TEMPORARY').map(({ grantee }) => grantee))}`,
      fix: `REVOKE TEMPORARY ON DATABASE ${sqlColumn(database.name)} FROM ${grantees(database, 'TEMPORARY')};`,
    };
  },
};
