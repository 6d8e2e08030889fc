import { PROOF_SETTING, quoteLiteral } from '../../sql/index.js';
import type { Mutant, Mutate } from './mutant.js';

const READER = 'ringfence.current_tenant_id()';

/** Makes the machinery believe what it is told, and its keys readable. */
export const contextMutants: Mutate = ({ machinery, proven, setting }) => {
  if (!machinery) return [];
  const name = quoteLiteral(setting);
  const told = `nullif(current_setting(${name}, true), '')::uuid`;
  const mutant = (kind: string, ...sql: string[]): Mutant => ({
    kind,
    object: 'tenant context',
    sql,
  });
  const reader = (kind: string, body: string): Mutant =>
    mutant(
      kind,
      `CREATE OR REPLACE FUNCTION ${READER} RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER AS $f$ ${body} $f$`,
    );
  const lookedAt = `SELECT CASE WHEN current_setting(${quoteLiteral(PROOF_SETTING)}, true) <> '' THEN ${told} END`;
  return [
    reader('believing-reader', `SELECT ${told}`),
    ...(proven
      ? [
          reader('proof-only-looked-at', lookedAt),
          mutant('keys-readable', 'GRANT SELECT ON ringfence.context_keys TO {app}'),
          mutant('keys-writable', 'GRANT INSERT, SELECT ON ringfence.context_keys TO {app}'),
          mutant('keys-insertable', 'GRANT INSERT ON ringfence.context_keys TO {app}'),
        ]
      : []),
    mutant(
      'reader-owned-by-application',
      `ALTER FUNCTION ${READER} OWNER TO {app}`,
      'GRANT CREATE, USAGE ON SCHEMA ringfence TO {app}',
    ),
    mutant('reader-immutable', `ALTER FUNCTION ${READER} IMMUTABLE`),
    mutant('reader-without-search-path', `ALTER FUNCTION ${READER} RESET search_path`),
    mutant('directory-readable', 'GRANT SELECT ON ringfence.tenants TO {app}'),
  ];
};
