import { describe, expect, it } from 'vitest';
import { newFrame, runInFrame, tenantContext } from '../context/index.js';
import { parseTenantId } from '../context/tenant-id.js';
import { eventLogger, type LogSink } from './event-logger.js';
import { allowedFields, LOG_FIELDS, type LogFields } from './log-fields.js';

const A = parseTenantId('aaaaaaaa-0000-4000-8000-00000000000a');
const B = parseTenantId('bbbbbbbb-0000-4000-8000-00000000000b');
const SECRET = 'ada@example.test (a row, a token, a password)';

describe('allowedFields', () => {
  it('writes what is named, and says how much it has left out', () => {
    const given = { event: 'log_in_refused', tenantId: A, status: 403, route: null, email: SECRET };
    expect(allowedFields(given)).toEqual({
      event: 'log_in_refused',
      tenantId: A,
      status: 403,
      route: null,
      leftOut: 1,
    });
  });

  it.each(LOG_FIELDS.filter((field) => field !== 'detail'))(
    'leaves %s out when it holds something else than it should',
    (field) => {
      for (const value of [SECRET, { [SECRET]: SECRET }, [SECRET], `a\n${SECRET}`, () => SECRET]) {
        const shown = JSON.stringify(allowedFields({ [field]: value }));
        expect(shown).not.toContain('ada@example.test');
      }
    },
  );

  it('takes of an error its kind and place, whoever made the description', () => {
    const error = Object.assign(new Error(SECRET), { detail: SECRET, code: '23505' });
    const forged = {
      type: SECRET,
      code: SECRET,
      stack: [SECRET],
      cause: { type: SECRET },
      hint: SECRET,
    };
    for (const given of [error, forged]) {
      expect(JSON.stringify(allowedFields({ error: given }))).not.toContain('ada@');
    }
    expect(allowedFields({ error })).toMatchObject({ error: { type: 'Error', code: '23505' } });
  });

  it('survives objects that do not want to be read', () => {
    const strange = Object.defineProperty({}, 'tenantId', {
      enumerable: true,
      get: () => {
        throw new Error(SECRET);
      },
    });
    expect(allowedFields(strange)).toEqual({ leftOut: 1 });
    expect(allowedFields(JSON.parse(`{"__proto__": {"x": 1}, "constructor": 1}`))).toEqual({
      leftOut: 2,
    });
  });
});

describe('eventLogger', () => {
  const lines: object[] = [];
  const sink: LogSink = {
    info: (fields) => lines.push(fields),
    warn: (fields) => lines.push(fields),
    error: (fields) => lines.push(fields),
  };
  const last = (): object | undefined => lines.at(-1);
  const actor = { kind: 'user', id: 'u1', sessionId: 's1', role: 'admin' } as const;

  it('adds whose work it is, and which trace', () => {
    const logger = eventLogger(sink, { traceId: () => 'a'.repeat(32) });
    runInFrame(newFrame(tenantContext(A, actor), 'r1'), () => logger.info({ event: 'x' }, 'It.'));
    const whose = { requestId: 'r1', tenantId: A, actorKind: 'user', actorId: 'u1' };
    expect(last()).toEqual({ event: 'x', traceId: 'a'.repeat(32), ...whose });
  });

  it('leaves to the line what it says itself: that of a request says all', () => {
    const logger = eventLogger(sink);
    runInFrame(newFrame(tenantContext(A, actor), 'r1'), () => {
      logger.warn({ event: 'x', tenantId: B }, 'It.');
      expect(last()).toMatchObject({ tenantId: B, requestId: 'r1' });
      logger.info({ requestId: 'r2', tenantId: undefined }, 'request');
      expect(last()).toEqual({ requestId: 'r2' });
    });
  });

  it('drops what got past the types', () => {
    eventLogger(sink).error({ event: 'x', email: SECRET } as LogFields, 'It.');
    expect(last()).toEqual({ event: 'x', leftOut: 1 });
  });

  it('is not wrapped twice', () => {
    const logger = eventLogger(sink);
    expect(eventLogger(logger)).toBe(logger);
  });
});
