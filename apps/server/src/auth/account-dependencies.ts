import type { TenantPool } from 'ringfence/postgres';
import type { TenantPrisma } from '../database/index.js';
import type { AccountNotices } from './account-notice.js';
import type { PasswordRules } from './passwords/password-rules.js';
import type { SecondFactors } from './second-factor/second-factors.js';
import type { LogInThrottle } from './throttle/log-in-throttle.js';

/** What people do to their own accounts needs. */
export interface AccountDependencies {
  readonly directory: Pick<TenantPool, 'findTenant'>;
  readonly prisma: TenantPrisma;
  readonly throttle: LogInThrottle;
  readonly rules: PasswordRules;
  readonly secondFactors: SecondFactors;
  readonly notices: AccountNotices;
}
