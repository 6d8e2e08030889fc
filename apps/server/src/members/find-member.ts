import { runInTenant, type TenantContext } from 'ringfence/context';
import type { MemberDirectory, MemberEntry } from 'ringfence/nest';
import type { TenantPool } from 'ringfence/postgres';
import { PERMISSIONS } from '../permissions.js';

/** `$1` is the person, `$2` the session: both must be there still. */
const FIND_PERSON = `
  SELECT u.role::text AS role, r.permissions AS custom
  FROM public.users AS u
  LEFT JOIN public.custom_roles AS r ON r.tenant_id = u.tenant_id AND r.id = u.custom_role_id
  WHERE u.id = $1::uuid AND EXISTS (
    SELECT FROM public.sessions AS s
    WHERE s.tenant_id = u.tenant_id AND s.id = $2::uuid AND s.user_id = u.id
      AND s.revoked_at IS NULL AND s.expires_at > now())`;

interface PersonRow {
  readonly role: string;
  readonly custom: readonly string[] | null;
}

/** A token of another issuer may name anything. */
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * The members of every tenant, as the database has them now: one statement in the tenant's own
 * context, so that a person of another tenant is nobody here.
 */
export function memberDirectory(pool: TenantPool): MemberDirectory {
  return {
    findMember: (tenant) => runInTenant(tenant, () => findMember(pool, tenant)),
  };
}

async function findMember(
  pool: TenantPool,
  { actor }: TenantContext,
): Promise<MemberEntry | undefined> {
  if (actor.kind !== 'user') return undefined;
  if (!UUID.test(actor.id) || !UUID.test(actor.sessionId)) return undefined;
  const { rows } = await pool.query(FIND_PERSON, [actor.id, actor.sessionId]);
  const person = rows[0] as PersonRow | undefined;
  if (!person) return undefined;
  const { role, custom } = person;
  return { role, permissions: PERMISSIONS.effective(role, custom) };
}
