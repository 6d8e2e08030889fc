import type { AccountKeys } from '../../account-keys/index.js';
import type { TenantPrisma } from '../../database/index.js';
import { networkOf } from '../../http/stranger-limit.js';
import { type AddressBudget, AddressLimit } from './address-limit.js';
import { type AttemptLimit, forgetAttempts, giveAttemptBack, takeAttempt } from './attempts.js';
import { isKnownDevice } from './known-devices.js';

/** One guess: at the password or at a code of which account, from where. */
export interface Guess {
  readonly at: 'password' | 'code';
  /** What distinguishes the account within the tenant that the work is bound to. */
  readonly account: string;
  readonly address: string | undefined;
  /** The device token, when it belongs to a device that is known for this account. */
  readonly knownDevice: string | undefined;
}

/** A guess that was let through: it counts as wrong until it is told otherwise. */
export interface CountedGuess {
  wasRight(): Promise<void>;
}

const MINUTES = 60;

const PASSWORD = { longestSeconds: 15 * MINUTES, forgetSeconds: 60 * MINUTES };
/** A code has a million values and three are right at a time: a day of patience must buy few guesses. */
const CODE = { longestSeconds: 60 * MINUTES, forgetSeconds: 24 * 60 * MINUTES };

/** One account from one network, or from one known device. */
const OF_PLACE: AttemptLimit = { free: 10, seconds: 30, ...PASSWORD };
const CODES_OF_PLACE: AttemptLimit = { free: 5, seconds: 60, ...CODE };
/** One account from everywhere that is not known: for guessing that comes from many networks. */
const OF_ACCOUNT: AttemptLimit = { free: 200, seconds: 60, ...PASSWORD };
const CODES_OF_ACCOUNT: AttemptLimit = { free: 20, seconds: 60, ...CODE };
/** One network over all accounts and tenants, in this process. */
const OF_NETWORK: AddressBudget = { attempts: 100, perSeconds: 10 * MINUTES, networks: 50_000 };

/**
 * Slows guessing down: by account and network, by account, and by network. Devices from which the
 * account was entered before are counted on their own, so that nobody from elsewhere can lock its owner
 * out. What it counts by does not depend on whether the account exists.
 *
 * Runs in the context of the tenant (or of the one that stands for all that do not exist).
 *
 * @see OWASP ASVS 5.0, V6.3.1; NIST SP 800-63B-4, 3.2.2 "Rate Limiting"
 */
export class LogInThrottle {
  readonly #prisma: TenantPrisma;
  readonly #keys: AccountKeys;
  readonly #networks = new AddressLimit(OF_NETWORK);

  constructor(prisma: TenantPrisma, keys: AccountKeys) {
    this.#prisma = prisma;
    this.#keys = keys;
  }

  /** The device token when it is known for this account: one statement, whatever there is. */
  async knownDevice(email: string, token: string | undefined): Promise<string | undefined> {
    return (await isKnownDevice(this.#prisma, email, token)) ? token : undefined;
  }

  /** @throws RingfenceError `LOG_IN_THROTTLED` with the seconds to wait. */
  async count(guess: Guess): Promise<CountedGuess> {
    const { at, account, knownDevice } = guess;
    const place = at === 'password' ? OF_PLACE : CODES_OF_PLACE;
    if (knownDevice !== undefined) {
      const key = this.#key(at, account, 'device', knownDevice);
      await takeAttempt(this.#prisma, key, place);
      return { wasRight: () => forgetAttempts(this.#prisma, key) };
    }
    const network = networkOf(guess.address);
    const giveBack = this.#networks.take(network);
    const here = this.#key(at, account, 'network', network);
    const everywhere = this.#key(at, account, 'account');
    // What is refused counts nowhere: nothing was guessed.
    await takeAttempt(this.#prisma, here, place).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    const limit = at === 'password' ? OF_ACCOUNT : CODES_OF_ACCOUNT;
    await takeAttempt(this.#prisma, everywhere, limit).catch(async (error: unknown) => {
      giveBack();
      await giveAttemptBack(this.#prisma, here);
      throw error;
    });
    return {
      wasRight: async () => {
        giveBack();
        await forgetAttempts(this.#prisma, here);
        await giveAttemptBack(this.#prisma, everywhere);
      },
    };
  }

  #key(...parts: string[]): Uint8Array<ArrayBuffer> {
    return this.#keys.hash('throttle', JSON.stringify(parts));
  }
}
