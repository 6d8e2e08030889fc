import { z } from 'zod';
import { change } from '../http/change.js';
import { id } from '../http/id.js';
import { pageQuery } from '../http/page.js';
import { line, text } from '../http/text.js';

export const newDocument = z
  .strictObject({ projectId: id, title: line(300), body: text(100_000) })
  .meta({ id: 'NewDocument' });
export type NewDocument = z.output<typeof newDocument>;

export const documentChange = change('DocumentChange', newDocument);
export type DocumentChange = z.output<typeof documentChange>;

export const documentsQuery = pageQuery.extend({
  projectId: id.exactOptional().meta({ description: 'Only documents of this project.' }),
});
export type DocumentsQuery = z.output<typeof documentsQuery>;

/** What a foreign key that meets no row means here. */
export const MISSING_PROJECT = {
  errors: [{ pointer: '/projectId', message: 'There is no such project.' }],
};
