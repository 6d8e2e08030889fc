import { describe, expect, it } from 'vitest';
import { fieldErrors } from './field-errors.js';

describe('fieldErrors', () => {
  it('says what was expected, also of a field that is missing', () => {
    const message = 'expected string, received undefined';
    expect(fieldErrors([{ message, path: ['name'] }], {}, [])).toEqual([
      { pointer: '/name', message },
    ]);
  });

  it.each([
    ['hunter2', 'hunter2 is no role'],
    [123_456, 'expected less than 123456'],
  ])('does not repeat %j', (value, message) => {
    expect(fieldErrors([{ message, path: ['role'] }], { role: value }, [])).toEqual([
      { pointer: '/role', message: 'Not valid.' },
    ]);
  });

  it('names unknown fields, escaped, and not more than twenty of them', () => {
    const unknown = { message: 'unknown', keys: ['a/b~c', ...Array(500).fill('x')] };
    const errors = fieldErrors([unknown], {}, []);
    expect(errors).toHaveLength(20);
    expect(errors[0]?.pointer).toBe('/a~1b~0c');
  });
});
