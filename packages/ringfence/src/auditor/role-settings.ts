import { quoteIdentifier } from '../sql/index.js';
import type { Survey } from './survey.js';

/** Does a setting of this role reach an application role? `''` is every role. */
export function concerns(survey: Survey, role: string): boolean {
  return role === '' || survey.appRoles.includes(role);
}

/** The statement that takes a setting of a role or database back. */
export function settingReset(survey: Survey, role: string, name: string, here: boolean): string {
  const database = `DATABASE ${quoteIdentifier(survey.catalog.database.name)}`;
  if (role === '')
    return here ? `ALTER ${database} RESET ${name};` : `ALTER ROLE ALL RESET ${name};`;
  return `ALTER ROLE ${quoteIdentifier(role)}${here ? ` IN ${database}` : ''} RESET ${name};`;
}
