import type { Grant, Relation } from './catalog.js';
import type { Survey } from './survey.js';

/** May `persona` update one column, by a grant on it or on the whole table? */
export function updates(
  survey: Survey,
  table: Relation,
  column: readonly Grant[],
  persona: string,
): boolean {
  if (!survey.canUse(persona, table.schema)) return false;
  const held = [table.acl, column].flatMap((acl) => [
    ...survey.rights.privileges(persona, { owner: table.owner, acl }),
  ]);
  return held.includes('UPDATE');
}
