import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DeliveryOutcome, WebhookEvent } from '../../delivery/index.js';
import type { LedgerAct } from '../ledger/index.js';
import { ActPlace } from './act-place.js';

const EVENT_PREFIX = 'migration-act-';

/** The event that a webhook gets for an act. Its id follows from the act: told twice, it is the same. */
export function actEvent(act: LedgerAct): WebhookEvent {
  const { id, at, migration, ring, tenant, act: what, actor, reason } = act;
  const asked = what.startsWith('ask:');
  return {
    id: `${EVENT_PREFIX}${id}`,
    type: asked ? 'migration.asked' : 'migration.state-changed',
    at: at.toISOString(),
    data: {
      migration,
      ring,
      tenant,
      ...(asked ? { asked: what.slice('ask:'.length) } : { state: what }),
      actor,
      reason,
    },
  };
}

/**
 * Remembers in a file how far a receiver was told, so that a process that is started again goes on there:
 * at least once.
 *
 * @example
 * const { place, told } = webhookPlace('/var/lib/app/migration-webhook');
 * const endpoint = new WebhookEndpoint({ …, report: told });
 */
export function webhookPlace(file: string): {
  /** Where to begin with `followActs`; at the very beginning when the file says nothing. */
  readonly place: ActPlace;
  readonly told: (outcome: DeliveryOutcome) => void;
} {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const reached = new ActPlace(text);
  return {
    place: new ActPlace(text),
    told: ({ event, last }) => {
      // What this process did not get to is told by the next one; what nobody took is given up.
      if (last === 'stopped' || last === 'queue full') return;
      reached.pass(event.id.slice(EVENT_PREFIX.length));
      const draft = `${file}.next`;
      writeFileSync(draft, `${reached}\n`);
      renameSync(draft, file);
    },
  };
}
