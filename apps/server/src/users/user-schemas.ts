import { z } from 'zod';
import { change } from '../http/change.js';
import { emailAddress } from '../http/email-address.js';
import { id } from '../http/id.js';
import { pageQuery } from '../http/page.js';
import { nameLine } from '../http/text.js';

export const newUser = z
  .strictObject({
    email: emailAddress,
    name: nameLine(200),
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    customRoleId: id.nullable().exactOptional().meta({
      description:
        'A role of your own (see /roles), which takes the place of `role`; null for none.',
    }),
  })
  .meta({ id: 'NewUser' });
export type NewUser = z.output<typeof newUser>;

export const userChange = change('UserChange', newUser);
export type UserChange = z.output<typeof userChange>;

export const usersQuery = pageQuery;
export type UsersQuery = z.output<typeof usersQuery>;

/** What a broken unique key means here. */
export const EMAIL_TAKEN = {
  errors: [{ pointer: '/email', message: 'Another user of this tenant has this address.' }],
};
