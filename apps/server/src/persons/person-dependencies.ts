import type { TenantPool } from 'ringfence/postgres';
import type { AuthDependencies } from '../auth/index.js';

/** Injects the {@link PersonDependencies}. */
export const PERSON_DEPENDENCIES = Symbol('PERSON_DEPENDENCIES');

/** What linking and switching need. */
export interface PersonDependencies {
  readonly accounts: AuthDependencies;
  readonly pool: Pick<TenantPool, 'query' | 'prove'>;
}
