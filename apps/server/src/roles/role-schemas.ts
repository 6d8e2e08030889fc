import { z } from 'zod';
import { change } from '../http/change.js';
import { pageQuery } from '../http/page.js';
import { comparableName, nameLine, text } from '../http/text.js';
import { PERMISSIONS, type Permission } from '../permissions.js';

/** The built-in names mean something already: nobody shall take one for the other. */
const name = nameLine(80).refine(
  (value) => !Object.hasOwn(PERMISSIONS.roles, comparableName(value)),
  'is the name of a built-in role',
);

const permissions = z
  .array(z.enum(PERMISSIONS.grantable as [Permission, ...Permission[]]))
  .max(PERMISSIONS.grantable.length)
  .refine((names) => new Set(names).size === names.length, 'must not hold a permission twice');

export const newRole = z
  .strictObject({ name, description: text(500).exactOptional(), permissions })
  .meta({ id: 'NewRole' });
export type NewRole = z.output<typeof newRole>;

export const roleChange = change('RoleChange', newRole);
export type RoleChange = z.output<typeof roleChange>;

export const rolesQuery = pageQuery;
export type RolesQuery = z.output<typeof rolesQuery>;

/** What a broken unique key means here. */
export const NAME_TAKEN = {
  errors: [{ pointer: '/name', message: 'Another role of this tenant has this name.' }],
};
