import { randomBytes } from 'node:crypto';
import { RingfenceError } from '../../errors/index.js';
import {
  BIND_STATEMENT,
  type ContextKey,
  proveContext,
  quoteLiteral,
  STORE_KEY_STATEMENT,
  storedKey,
  TENANT_SETTING,
} from '../../sql/index.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Statement } from './session.js';

/** How the attacked application tells the database which tenant it works for. */
export interface TenantBinder {
  /** For the report. */
  readonly description: string;
  /** The setting that the attacks try to forge. */
  readonly setting: string;
  /** To be run as administrator in the copy, before the first binding. */
  readonly preparation: readonly { text: string; values: unknown[] }[];
  bind(tenant: string): Statement;
}

/** What decides about the binding. */
export interface BindingOptions {
  /** A statement with the tenant as `$1`, run first in each transaction. */
  readonly bind?: string;
  /** The setting that carries the tenant, when nothing else binds. */
  readonly setting?: string;
}

const HOUR = 3600;

/**
 * Chooses the binding: a statement of the application's own, ringfence's binder where it stands, or a
 * transaction-local setting. For ringfence a key of this run is stored in the copy, so that no key of
 * the real system is needed.
 *
 * @param known the real system's key, where nothing can be stored; `none` when there is none
 * @throws RingfenceError `CONFIGURATION_INVALID` when a key is needed
 */
export function tenantBinder(
  catalog: Catalog,
  options: BindingOptions,
  known?: ContextKey | 'none',
): TenantBinder {
  const setting = options.setting ?? TENANT_SETTING;
  const { bind } = options;
  if (bind !== undefined) {
    return {
      description: bind,
      setting,
      preparation: [],
      bind: (tenant) => (bind.includes('$1') ? { text: bind, values: [tenant] } : { text: bind }),
    };
  }
  if (catalog.hasMachinery && options.setting === undefined) return machineryBinder(catalog, known);
  const text = `SELECT set_config(${quoteLiteral(setting)}, $1, true)`;
  return {
    description: text,
    setting,
    preparation: [],
    bind: (tenant) => ({ text, values: [tenant] }),
  };
}

function machineryBinder(catalog: Catalog, known?: ContextKey | 'none'): TenantBinder {
  if (!catalog.provenMachinery) {
    return {
      description: BIND_STATEMENT.unproven,
      setting: TENANT_SETTING,
      preparation: [],
      bind: (tenant) => ({ text: BIND_STATEMENT.unproven, values: [tenant] }),
    };
  }
  if (known === 'none') {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'Without an administrator the keyring of the application is needed to bind tenants.',
    });
  }
  const key: ContextKey = known ?? {
    kid: `prover-${randomBytes(6).toString('hex')}`,
    secret: randomBytes(32),
  };
  return {
    description: BIND_STATEMENT.proven,
    setting: TENANT_SETTING,
    preparation: known ? [] : [{ text: STORE_KEY_STATEMENT, values: storedKey(key) }],
    bind: (tenant) => ({
      text: BIND_STATEMENT.proven,
      values: [tenant, proveContext(key, tenant, Math.ceil(Date.now() / 1000) + HOUR)],
    }),
  };
}
