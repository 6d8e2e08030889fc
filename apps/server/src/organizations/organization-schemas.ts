import { z } from 'zod';
import { change } from '../http/change.js';
import { pageQuery } from '../http/page.js';
import { line } from '../http/text.js';

export const newOrganization = z.strictObject({ name: line(200) }).meta({ id: 'NewOrganization' });
export type NewOrganization = z.output<typeof newOrganization>;

export const organizationChange = change('OrganizationChange', newOrganization);
export type OrganizationChange = z.output<typeof organizationChange>;

export const organizationsQuery = pageQuery;
export type OrganizationsQuery = z.output<typeof organizationsQuery>;
