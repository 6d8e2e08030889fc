import type { Check } from '../check.js';
import { databaseObject, sqlColumn, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const schemaCreate: Check = {
  id: 'schema-create',
  title: 'The application may create objects in a schema',
  severity: 'high',
  consequence: 'It can shadow functions and tables, and make tables without row-level security.',
  *run(survey) {
    for (const schema of survey.catalog.schemas) {
      const holders = survey.granted(schema, 'CREATE');
      if (holders.length === 0) continue;
      const everybody = schema.acl.some(
        ({ grantee, privilege }) => grantee === '' && privilege === 'CREATE',
      );
      yield {
        object: { kind: 'schema', schema: schema.name, name: schema.name },
        evidence: `CREATE for ${everybody ? 'PUBLIC' : who(holders)}`,
        fix: `REVOKE CREATE ON SCHEMA ${sqlColumn(schema.name)} FROM ${grantees(schema, 'CREATE')};`,
      };
    }
    const holders = survey.granted(survey.catalog.database, 'CREATE');
    if (holders.length > 0) {
      yield {
        object: databaseObject(),
        evidence: `CREATE on the database for ${who(holders)}`,
        fix: `REVOKE CREATE ON DATABASE ${sqlColumn(survey.catalog.database.name)} FROM ${grantees(survey.catalog.database, 'CREATE')};`,
      };
    }
  },
};
