import type { Stage } from '../scene/prepare-stage.js';
import type { Session } from '../scene/session.js';
import { contextMutants } from './context-mutants.js';
import { grantMutants } from './grant-mutants.js';
import { keyMutants } from './key-mutants.js';
import type { Mutant, MutationGround } from './mutant.js';
import { objectMutants } from './object-mutants.js';
import { policyMutants } from './policy-mutants.js';

const FAMILIES = [policyMutants, keyMutants, grantMutants, objectMutants, contextMutants];

/** Every mutant of a database. */
export async function mutantsOf(admin: Session, stage: Stage): Promise<Mutant[]> {
  const ground = await groundOf(admin, stage);
  const readOnly = new Set(
    ground.tables.filter(({ insert, update }) => !insert && !update).map(({ sql }) => sql),
  );
  // What only weakens writing changes nothing where nobody may write.
  return FAMILIES.flatMap((family) => family(ground)).filter(
    ({ kind, object }) => !(readOnly.has(object) && /-check-true$|^unique-/.test(kind)),
  );
}

async function groundOf(
  admin: Session,
  { catalog, tenancy, binder }: Stage,
): Promise<MutationGround> {
  const tables = catalog.relations.filter(
    ({ id, partition, reachable }) =>
      tenancy.tables.has(id) && !tenancy.registries.has(id) && !partition && reachable,
  );
  const policies = await admin.run({
    text: 'SELECT polrelid, polname, polpermissive, polcmd FROM pg_policy ORDER BY polrelid, polname',
  });
  const owners = await admin.run({
    text: 'SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE oid = ANY ($1::oid[])',
    values: [`{${tables.map(({ id }) => id).join(',')}}`],
  });
  return {
    tables,
    relations: new Map(catalog.relations.map((relation) => [relation.id, relation])),
    policies: policies.rows.map(([relation, name, permissive, command]) => ({
      relation: relation ?? '',
      name: name ?? '',
      permissive: permissive === 't',
      command: command ?? '*',
    })),
    columns: tenancy.columns,
    setting: binder.setting,
    proven: catalog.provenMachinery,
    machinery: catalog.hasMachinery,
    owners: owners.rows.map(([owner]) => owner ?? ''),
  };
}
