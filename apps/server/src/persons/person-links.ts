import { parseTenantId, type TenantId } from 'ringfence/context';
import type { TenantPool } from 'ringfence/postgres';
import {
  type Account,
  CLAIM_LINK_STATEMENT,
  JOIN_ACCOUNTS_STATEMENT,
  LEAVE_PERSON_STATEMENT,
  LINKED_ACCOUNTS_STATEMENT,
  PERSON_SUBJECTS,
} from 'ringfence/sql';

/** An account of the same person in another tenant. */
export interface LinkedAccount {
  readonly tenantId: TenantId;
  readonly userId: string;
  /** Something of the way into one of the two has changed since they were linked. */
  readonly suspended: boolean;
}

interface LinkedRow {
  readonly tenant: string;
  readonly account: string;
  readonly suspended: boolean;
}

type Pool = Pick<TenantPool, 'query' | 'prove'>;

/** The accounts that are linked with one of the current tenant. */
export async function linkedAccounts(pool: Pool, own: Account): Promise<LinkedAccount[]> {
  const proof = pool.prove(PERSON_SUBJECTS.linked(own));
  const { rows } = await pool.query(LINKED_ACCOUNTS_STATEMENT, [own.userId, proof]);
  return rows.map(({ tenant, account, suspended }: LinkedRow) => ({
    tenantId: parseTenantId(tenant),
    userId: account,
    suspended,
  }));
}

/**
 * Begins a link of two accounts whose credentials were both proven a moment ago. From now on a change of
 * either of them undoes it: prove both once more, and then {@link joinAccounts}.
 *
 * @returns the claim.
 */
export async function claimLink(pool: Pool, own: Account, other: Account): Promise<string> {
  const proof = pool.prove(PERSON_SUBJECTS.claim(own, other));
  const values = [own.userId, other.tenantId, other.userId, proof];
  const { rows } = await pool.query(CLAIM_LINK_STATEMENT, values);
  return rows[0].claim;
}

/** Ends what {@link claimLink} began; `false` when one of the accounts has changed since. */
export async function joinAccounts(pool: Pool, claim: string): Promise<boolean> {
  const proof = pool.prove(PERSON_SUBJECTS.join(claim));
  const { rows } = await pool.query(JOIN_ACCOUNTS_STATEMENT, [claim, proof]);
  return rows[0].joined;
}

/** Takes an account of the current tenant out of its person; `false` when it had no links. */
export async function leavePerson(pool: Pool, own: Account): Promise<boolean> {
  const proof = pool.prove(PERSON_SUBJECTS.leave(own));
  const { rows } = await pool.query(LEAVE_PERSON_STATEMENT, [own.userId, proof]);
  return rows[0].left;
}
