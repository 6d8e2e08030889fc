import { describe, expect, it } from 'vitest';
import { parseTenantId } from '../context/index.js';
import type { RequestRecord } from '../telemetry/index.js';
import type { AccessEvent } from './access-event.js';
import { observeAccess } from './observe-access.js';

const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const actor = { kind: 'user', id: 'u1' } as const;

function eventOf(change: Partial<RequestRecord>): AccessEvent {
  const events: AccessEvent[] = [];
  observeAccess({ observe: (event) => events.push(event) }).observe({
    requestId: 'r1',
    method: 'GET',
    route: '/documents/:id',
    status: 200,
    brokenOff: false,
    startedAt: 1000,
    durationMs: 1,
    ...change,
  });
  expect(events).toHaveLength(1);
  return events[0] as AccessEvent;
}

describe('observeAccess', () => {
  it('says who read how much of what', () => {
    const privileged = { ...actor, privileged: true } as const;
    const network = '203.0.113.0/24';
    expect(eventOf({ tenantId: A, actor: privileged, rows: 20, network, target: 'x' })).toEqual({
      at: 1000,
      kind: 'read',
      requestId: 'r1',
      tenantId: A,
      actor: privileged,
      rows: 20,
      network,
      target: 'x',
    });
    expect(eventOf({ method: 'DELETE', tenantId: A, actor })).toMatchObject({ kind: 'write' });
  });

  it.each(['TENANT_SOURCES_DISAGREE', 'ACCESS_WITHDRAWN'] as const)(
    'counts %s for whoever the good token names',
    (code) => {
      expect(eventOf({ code, token: { tenantId: A, actor } })).toMatchObject({
        code,
        tenantId: A,
        actor,
      });
    },
  );

  it('counts for nobody’s tenant what comes without a good token, or with one that is none any more', () => {
    for (const record of [
      { code: 'TOKEN_INVALID' } as const,
      { code: 'TOKEN_INVALID', token: { tenantId: A, actor } } as const,
    ]) {
      const event = eventOf(record);
      expect(event).not.toHaveProperty('tenantId');
      expect(event).not.toHaveProperty('actor');
    }
  });

  it('takes each request that refers to what does not exist for another try', () => {
    const event = eventOf({ method: 'POST', tenantId: A, actor, code: 'REFERENCE_NOT_FOUND' });
    expect(event.target).toBe('r1');
  });

  it('has no habits of the platform itself', () => {
    expect(eventOf({ tenantId: A, actor: { kind: 'system' } })).not.toHaveProperty('actor');
  });
});
