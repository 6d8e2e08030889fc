import type { TenantId } from 'ringfence/context';
import type { AccountKeys } from '../../account-keys/index.js';
import type { TenantPrisma } from '../../database/index.js';
import { useRecoveryCode } from './recovery-codes.js';
import { totpStep } from './totp.js';

/** Whose second factor it is. */
export interface FactorOwner {
  readonly tenantId: TenantId;
  readonly userId: string;
}

type FactorClient = Pick<TenantPrisma, 'secondFactor' | 'recoveryCode'>;

/**
 * The second factors of users: one TOTP secret each, sealed with a key that the database does not have,
 * and recovery codes. Runs in the context of the tenant.
 */
export class SecondFactors {
  readonly #prisma: TenantPrisma;
  readonly #keys: AccountKeys;
  readonly #now: () => number;

  constructor(prisma: TenantPrisma, keys: AccountKeys, now: () => number = Date.now) {
    this.#prisma = prisma;
    this.#keys = keys;
    this.#now = now;
  }

  /** Does this user log in with a code? */
  async isOn(userId: string): Promise<boolean> {
    const where = { userId, confirmedAt: { not: null } };
    return (await this.#prisma.secondFactor.count({ where })) > 0;
  }

  /** Replaces whatever was begun and never confirmed. */
  async begin(tx: FactorClient, owner: FactorOwner, secret: string): Promise<void> {
    const { userId } = owner;
    const sealedSecret = this.#keys.seal('second-factor', Buffer.from(secret), boundTo(owner));
    await tx.secondFactor.deleteMany({ where: { userId, confirmedAt: null } });
    await tx.secondFactor.create({ data: { userId, sealedSecret } });
  }

  /** Turns on what was begun, if the code is one of it. */
  async confirm(tx: FactorClient, owner: FactorOwner, code: string): Promise<boolean> {
    const step = await this.#stepOf(tx, owner, code, false);
    if (step === undefined) return false;
    const { count } = await tx.secondFactor.updateMany({
      where: { userId: owner.userId, confirmedAt: null },
      data: { confirmedAt: new Date(this.#now()), lastStep: step },
    });
    return count === 1;
  }

  /** Uses a code: of the app, or a recovery code. Each is good once. */
  async use(owner: FactorOwner, code: string): Promise<boolean> {
    const step = await this.#stepOf(this.#prisma, owner, code, true);
    if (step === undefined) return useRecoveryCode(this.#prisma, owner.userId, code);
    // One UPDATE decides between two who come with one code.
    const { count } = await this.#prisma.secondFactor.updateMany({
      where: {
        userId: owner.userId,
        confirmedAt: { not: null },
        OR: [{ lastStep: null }, { lastStep: { lt: step } }],
      },
      data: { lastStep: step },
    });
    return count === 1;
  }

  /** Takes the second factor away, with its recovery codes. */
  async remove(tx: FactorClient, userId: string): Promise<boolean> {
    const { count } = await tx.secondFactor.deleteMany({ where: { userId } });
    await tx.recoveryCode.deleteMany({ where: { userId } });
    return count > 0;
  }

  async #stepOf(
    tx: FactorClient,
    owner: FactorOwner,
    code: string,
    confirmed: boolean,
  ): Promise<number | undefined> {
    const factor = await tx.secondFactor.findFirst({
      where: { userId: owner.userId, confirmedAt: confirmed ? { not: null } : null },
      select: { sealedSecret: true },
    });
    const secret = factor && this.#keys.open('second-factor', factor.sealedSecret, boundTo(owner));
    return secret ? totpStep(Buffer.from(secret).toString(), code, this.#now()) : undefined;
  }
}

/** A row that is copied to another user or tenant does not open. */
function boundTo({ tenantId, userId }: FactorOwner): string {
  return `${tenantId} ${userId}`;
}
