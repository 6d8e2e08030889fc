import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DeliveryOutcome, WebhookEvent } from '../../delivery/index.js';
import type { LedgerAct } from '../ledger/index.js';

/** The event that a webhook gets for an act. Its id follows from the act: told twice, it is the same. */
export function actEvent(act: LedgerAct): WebhookEvent {
  const { id, at, migration, ring, tenant, act: what, actor, reason } = act;
  const asked = what.startsWith('ask:');
  return {
    id: `migration-act-${id}`,
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
 * at least once, in order.
 *
 * @example
 * const place = webhookPlace('/var/lib/app/migration-webhook');
 * new WebhookEndpoint({ …, report: place.told });
 */
export function webhookPlace(file: string): {
  /** The id of the last act that was told; `0` at the very beginning. */
  readonly after: string;
  readonly told: (outcome: DeliveryOutcome) => void;
} {
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return {
    after: /^\d{1,19}$/.test(found) ? found : '0',
    told: ({ event, last }) => {
      // What this process did not get to is told by the next one; what nobody took is given up.
      if (last === 'stopped' || last === 'queue full') return;
      const draft = `${file}.next`;
      writeFileSync(draft, `${event.id.replace('migration-act-', '')}\n`);
      renameSync(draft, file);
    },
  };
}
