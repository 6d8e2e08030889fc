import { z } from 'zod';
import { pageQuery } from '../http/page.js';
import { text } from '../http/text.js';

export const newDomain = z
  .strictObject({
    domain: text(253).min(1).meta({ description: 'For example docs.example.com.' }),
  })
  .meta({ id: 'NewDomain' });
export type NewDomain = z.output<typeof newDomain>;

export const domainsQuery = pageQuery;
export type DomainsQuery = z.output<typeof domainsQuery>;
