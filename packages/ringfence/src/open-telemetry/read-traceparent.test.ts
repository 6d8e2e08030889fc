import { describe, expect, it } from 'vitest';
import { readTraceparent } from './read-traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('readTraceparent', () => {
  it('takes two ids and a flag', () => {
    expect(readTraceparent(`00-${TRACE}-${SPAN}-ff`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it.each([
    undefined,
    '',
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `01-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ])('takes nothing of %j', (header) => {
    expect(readTraceparent(header)).toBeUndefined();
  });

  it('takes nothing of a header that came twice', () => {
    expect(readTraceparent([`00-${TRACE}-${SPAN}-01`])).toBeUndefined();
  });
});
