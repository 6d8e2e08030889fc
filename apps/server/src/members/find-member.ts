import { type Actor, runInTenant, type TenantContext } from 'ringfence/context';
import type { MemberDirectory, MemberEntry } from 'ringfence/nest';
import { scopedPermissions } from 'ringfence/permissions';
import type { TenantPool } from 'ringfence/postgres';
import { KEY_SCOPES, PERMISSIONS } from '../permissions.js';

/** `$1` is the person, `$2` the session: both must be there still. */
const FIND_PERSON = `
  SELECT u.role::text AS role, r.permissions AS custom, NULL AS scopes
  FROM public.users AS u
  LEFT JOIN public.custom_roles AS r ON r.tenant_id = u.tenant_id AND r.id = u.custom_role_id
  WHERE u.id = $1::uuid AND EXISTS (
    SELECT FROM public.sessions AS s
    WHERE s.tenant_id = u.tenant_id AND s.id = $2::uuid AND s.user_id = u.id
      AND s.revoked_at IS NULL AND s.expires_at > now())`;

/** `$1` is the key. It goes with whoever made it. */
const FIND_KEY = `
  SELECT u.role::text AS role, r.permissions AS custom, k.permissions AS scopes
  FROM public.api_keys AS k
  JOIN public.users AS u ON u.tenant_id = k.tenant_id AND u.id = k.created_by
  LEFT JOIN public.custom_roles AS r ON r.tenant_id = u.tenant_id AND r.id = u.custom_role_id
  WHERE k.id = $1::uuid AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`;

interface MemberRow {
  readonly role: string;
  readonly custom: readonly string[] | null;
  /** Of a key. */
  readonly scopes: readonly string[] | null;
}

/** A token of another issuer may name anything. */
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * The members of every tenant, as the database has them now: one statement in the tenant's own
 * context, so that a person or key of another tenant is nobody here.
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
  const { text, values } = question(actor);
  if (!text || !values.every((value) => UUID.test(value))) return undefined;
  const { rows } = await pool.query(text, values);
  const member = rows[0] as MemberRow | undefined;
  if (!member) return undefined;
  const { role, custom, scopes } = member;
  const held = PERMISSIONS.effective(role, custom);
  if (!scopes) return { role, permissions: held };
  return { role, permissions: scopedPermissions(scopedPermissions(scopes, KEY_SCOPES), held) };
}

/** Operators and the platform itself are no members. */
function question(actor: Actor): { readonly text?: string; readonly values: readonly string[] } {
  if (actor.kind === 'user') return { text: FIND_PERSON, values: [actor.id, actor.sessionId] };
  if (actor.kind === 'api-key') return { text: FIND_KEY, values: [actor.id] };
  return { values: [] };
}
