import type { RecordedActor, RequestObserver, RequestRecord } from '../telemetry/index.js';
import type { AccessActor, AccessEvent } from './access-event.js';
import type { AccessPatterns } from './access-patterns.js';

/** Refused before they were let into the tenant of a token that is good: it is told of them all the same. */
const BEFORE_THE_TENANT = new Set<string | undefined>([
  'TENANT_SOURCES_DISAGREE',
  'ACCESS_WITHDRAWN',
]);
const READING = new Set<string | undefined>(['GET', 'HEAD']);

/**
 * Feeds the records of finished requests to the rules.
 *
 * @example
 * TenancyModule.forRoot({ …, observers: [observeAccess(patterns)] });
 */
export function observeAccess(patterns: Pick<AccessPatterns, 'observe'>): RequestObserver {
  return { observe: (record) => patterns.observe(eventOf(record)) };
}

function eventOf(record: RequestRecord): AccessEvent {
  const { code, rows, network, requestId, token } = record;
  const refused = BEFORE_THE_TENANT.has(code) ? token : undefined;
  const tenantId = record.tenantId ?? refused?.tenantId;
  const actor = accessActor(record.actor ?? refused?.actor);
  // An id in a body that does not exist: each request is another try.
  const target = record.target ?? (code === 'REFERENCE_NOT_FOUND' ? requestId : undefined);
  return {
    at: record.startedAt,
    kind: READING.has(record.method) ? 'read' : 'write',
    requestId,
    ...(tenantId !== undefined && { tenantId }),
    ...(actor && { actor }),
    ...(network !== undefined && { network }),
    ...(code !== undefined && { code }),
    ...(rows !== undefined && { rows }),
    ...(target !== undefined && { target }),
  };
}

/** The platform itself is nobody whose habits one would watch. */
function accessActor(actor: RecordedActor | undefined): AccessActor | undefined {
  if (actor?.id === undefined || actor.kind === 'system') return undefined;
  const { kind, id, privileged } = actor;
  return privileged ? { kind, id, privileged } : { kind, id };
}
