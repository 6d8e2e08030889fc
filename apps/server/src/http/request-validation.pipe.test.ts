import type { ArgumentMetadata } from '@nestjs/common';
import type { RingfenceError } from 'ringfence/errors';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RequestValidationPipe } from './request-validation.pipe.js';

const pipe = new RequestValidationPipe();
const schema = z.strictObject({ name: z.string().max(3), tags: z.array(z.string()).optional() });

async function errorsOf(value: unknown, metadata: ArgumentMetadata = { type: 'body', schema }) {
  const error = await pipe.transform(value, metadata).then(
    () => undefined,
    (refused: RingfenceError) => refused,
  );
  expect(error?.code).toBe('VALIDATION_FAILED');
  return error?.errors ?? [];
}

describe('RequestValidationPipe', () => {
  it('passes on what the schema makes of the value', async () => {
    const trimmed = z.object({ name: z.string().trim() });
    await expect(
      pipe.transform({ name: ' a ' }, { type: 'body', schema: trimmed }),
    ).resolves.toEqual({ name: 'a' });
  });

  it('names a field of the body', async () => {
    expect(await errorsOf({ name: 1 })).toMatchObject([{ pointer: '/name' }]);
    expect(await errorsOf({ name: 'a', tags: ['x', 1] })).toMatchObject([{ pointer: '/tags/1' }]);
  });

  it('names each unknown field', async () => {
    expect(await errorsOf({ name: 'a', tenantId: 'x', 'a/b~c': 1 })).toEqual([
      { pointer: '/tenantId', message: 'is not a known field' },
      { pointer: '/a~1b~0c', message: 'is not a known field' },
    ]);
  });

  it('names a parameter of the path', async () => {
    const metadata: ArgumentMetadata = { type: 'param', data: 'id', schema: z.uuid() };
    expect(await errorsOf('x', metadata)).toMatchObject([{ pointer: '/id' }]);
  });

  it.each([[undefined], [null], [[]], ['text'], [1]])('refuses %j as a body', async (body) => {
    expect(await errorsOf(body)).toMatchObject([{ pointer: '' }]);
  });

  it('names no more than twenty faults, and no value', async () => {
    const body = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 'hunter2']));
    const errors = await errorsOf(body);
    expect(errors).toHaveLength(20);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });
});
