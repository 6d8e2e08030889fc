import { createHash } from 'node:crypto';
import type { TenantId } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { StrangerLimit } from '../http/stranger-limit.js';

/** How many changes of addresses a tenant may have mailed within a day, as many as invitations. */
export const ADDRESS_CHANGES_PER_DAY = 200;
/** How many mails about them one mailbox gets within an hour, from all tenants together. */
const MAILS_PER_HOUR = 10;

/** Whose address is changed from what to what. */
export interface AddressesOfChange {
  readonly tenantId: TenantId;
  readonly before: string;
  readonly email: string;
}

/**
 * Bounds the mails that changes of addresses send, to the new address and to the old one. It counts in
 * this process and not in the table of tokens, whose rows go with a deleted user; and apart from password
 * resets, so that no tenant can use up the resets of a mailbox.
 */
export class AddressChangeLimit {
  readonly #byTenant = new StrangerLimit({ times: ADDRESS_CHANGES_PER_DAY, seconds: 86_400 });
  readonly #byMailbox = new StrangerLimit({ times: MAILS_PER_HOUR, seconds: 3600 });

  /** @throws RingfenceError `RATE_LIMITED`: the change must not be made either, as nobody would be told. */
  async take({ tenantId, before, email }: AddressesOfChange): Promise<void> {
    const free =
      (await this.#byTenant.take(tenantId)) &&
      (await this.#byMailbox.take(hashOf(email))) &&
      (await this.#byMailbox.take(hashOf(before)));
    if (!free) throw new RingfenceError('RATE_LIMITED');
  }
}

function hashOf(mailbox: string): string {
  return createHash('sha256').update(mailbox.toLowerCase()).digest('base64');
}
