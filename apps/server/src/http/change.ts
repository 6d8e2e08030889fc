import { z } from 'zod';

/**
 * The body of a PATCH: any of the given fields, at least one, nothing else. A field that is absent
 * stays as it is; `null` is a wrong type and does not mean "absent".
 *
 * @example
 * const projectChange = change('ProjectChange', newProject);
 */
export function change<Shape extends z.core.$ZodLooseShape>(
  name: string,
  whole: z.ZodObject<Shape, z.core.$strict>,
) {
  return whole
    .exactPartial()
    .refine((fields) => Object.keys(fields).length > 0, 'must change at least one field')
    .meta({ id: name, minProperties: 1 });
}
