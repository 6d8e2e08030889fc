import { RingfenceError } from 'ringfence/errors';
import type { RequestClient } from '../../http/request-client.js';
import type { LogInThrottle } from '../throttle/log-in-throttle.js';
import type { FactorOwner, SecondFactors } from './second-factors.js';

/** What {@link requireSecondFactor} needs. */
export interface RequireSecondFactorDependencies {
  readonly throttle: LogInThrottle;
  readonly secondFactors: SecondFactors;
}

/**
 * Uses a code up, of an account that has a second factor; asks nothing of one that has none. Runs in the
 * context of the account's tenant.
 *
 * @param knownDevice the device token when it is known for this account: its codes count on their own.
 * @throws RingfenceError `SECOND_FACTOR_REQUIRED` without a code, `SECOND_FACTOR_WRONG`,
 *   `LOG_IN_THROTTLED`.
 */
export async function requireSecondFactor(
  { throttle, secondFactors }: RequireSecondFactorDependencies,
  owner: FactorOwner,
  code: string | undefined,
  { address }: RequestClient,
  knownDevice?: string,
): Promise<void> {
  if (!(await secondFactors.isOn(owner.userId))) return;
  if (code === undefined) throw new RingfenceError('SECOND_FACTOR_REQUIRED');
  const guess = await throttle.count({ at: 'code', account: owner.userId, address, knownDevice });
  if (!(await secondFactors.use(owner, code))) throw new RingfenceError('SECOND_FACTOR_WRONG');
  await guess.wasRight();
}
