import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OPERATIONS } from '../verdict.js';
import { ATTACKS } from './index.js';

it('there is one attack per operation, in its order, in a file of its name', () => {
  expect(ATTACKS.map(({ operation }) => operation)).toEqual(OPERATIONS);
  const files = readdirSync(import.meta.dirname);
  for (const operation of OPERATIONS) expect(files).toContain(`${operation}.ts`);
});
