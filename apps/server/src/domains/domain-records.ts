import { Resolver } from 'node:dns/promises';
import { RingfenceError } from 'ringfence/errors';

/** Injects the {@link DomainRecords}. */
export const DOMAIN_RECORDS = Symbol('DOMAIN_RECORDS');

/** How long one server is waited for, and how often it is asked: together within a request's patience. */
const TIMEOUT_MS = 2000;
const TRIES = 2;

/** How many questions are under way at once: anybody who may verify makes us ask, wherever they point. */
const AT_ONCE = 20;

/** DNS has answered that there is no such record: everything else is no answer. */
const ABSENT: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA']);

/** Asks DNS for the records that prove domains. */
export class DomainRecords {
  readonly #resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  #asking = 0;

  /** @param servers as `DNS_SERVERS` names them; those of the machine without. */
  constructor(servers?: readonly string[]) {
    if (servers) this.#resolver.setServers(servers);
  }

  /**
   * The texts of a TXT record; none when there is no such record.
   *
   * @throws RingfenceError `DNS_UNAVAILABLE` when nobody answers, `OVERLOADED` when too many ask.
   * @see RFC 1035, 3.3.14 (a text comes in parts of up to 255 bytes)
   */
  async texts(name: string): Promise<readonly string[]> {
    if (this.#asking >= AT_ONCE) throw new RingfenceError('OVERLOADED');
    this.#asking += 1;
    try {
      const records = await this.#resolver.resolveTxt(name);
      return records.map((parts) => parts.join(''));
    } catch (error) {
      if (ABSENT.has((error as { code?: unknown }).code)) return [];
      throw new RingfenceError('DNS_UNAVAILABLE', { cause: error });
    } finally {
      this.#asking -= 1;
    }
  }

  /** Gives up all questions that are under way. */
  cancel(): void {
    this.#resolver.cancel();
  }
}
