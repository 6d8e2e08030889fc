import { z } from 'zod';
import { change } from '../http/change.js';
import { id } from '../http/id.js';
import { pageQuery } from '../http/page.js';
import { line } from '../http/text.js';

export const newProject = z
  .strictObject({ organizationId: id, name: line(200) })
  .meta({ id: 'NewProject' });
export type NewProject = z.output<typeof newProject>;

export const projectChange = change('ProjectChange', newProject);
export type ProjectChange = z.output<typeof projectChange>;

export const projectsQuery = pageQuery.extend({
  organizationId: id.exactOptional().meta({ description: 'Only projects of this organization.' }),
});
export type ProjectsQuery = z.output<typeof projectsQuery>;

/** What a foreign key that meets no row means here. */
export const MISSING_ORGANIZATION = {
  errors: [{ pointer: '/organizationId', message: 'There is no such organization.' }],
};
