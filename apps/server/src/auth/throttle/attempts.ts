import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../../database/index.js';

/** How many attempts one key has before it waits, and for how long. */
export interface AttemptLimit {
  /** So many may fail in a row; from this one on each is followed by a wait. */
  readonly free: number;
  /** The first wait; each further one is twice as long. */
  readonly seconds: number;
  readonly longestSeconds: number;
  /** After this time without an attempt the count begins again: well after the longest wait. */
  readonly forgetSeconds: number;
}

/**
 * Takes one attempt, before anything is verified: of any number at one moment, no more get through than
 * the limit allows. One that is refused counts for nothing, so that knocking on does not prolong the wait.
 *
 * Runs in the context of a tenant. Rows that are long over go with it, a few at a time.
 *
 * @throws RingfenceError `LOG_IN_THROTTLED` with the seconds that are left.
 */
export async function takeAttempt(
  prisma: Pick<TenantPrisma, '$queryRaw'>,
  key: Uint8Array,
  { free, seconds, longestSeconds, forgetSeconds }: AttemptLimit,
): Promise<void> {
  // power() of a bounded exponent: a count of a million must not overflow.
  const [row] = await prisma.$queryRaw<{ taken: boolean; wait: number | null }[]>`
    WITH swept AS (
      DELETE FROM public.failed_log_ins WHERE id IN (
        SELECT id FROM public.failed_log_ins
        WHERE forget_at < now() AND key_hash <> ${key}
        ORDER BY forget_at LIMIT 3 FOR UPDATE SKIP LOCKED)
    ), taken AS (
      INSERT INTO public.failed_log_ins (key_hash, failures, forget_at)
      VALUES (${key}, 1, now() + ${forgetSeconds}::int * interval '1 second')
      ON CONFLICT (tenant_id, key_hash) DO UPDATE SET
        failures = CASE WHEN failed_log_ins.forget_at < now() THEN 1 ELSE failed_log_ins.failures + 1 END,
        blocked_until = CASE WHEN failed_log_ins.forget_at >= now() AND failed_log_ins.failures + 1 >= ${free}::int
          THEN now() + least(${longestSeconds}::float,
            ${seconds}::float * power(2::float, least(failed_log_ins.failures + 1 - ${free}::int, 30))) * interval '1 second' END,
        forget_at = now() + ${forgetSeconds}::int * interval '1 second'
      WHERE failed_log_ins.blocked_until IS NULL OR failed_log_ins.blocked_until <= now()
      RETURNING true
    )
    SELECT EXISTS (SELECT FROM taken) AS taken,
      (SELECT extract(epoch FROM blocked_until - now())::float
        FROM public.failed_log_ins WHERE key_hash = ${key}) AS wait`;
  if (row?.taken) return;
  throw new RingfenceError('LOG_IN_THROTTLED', {
    retryAfterSeconds: Math.max(1, Math.ceil(row?.wait ?? 1)),
  });
}

/** Gives one attempt back: it was right, or nothing was verified. */
export async function giveAttemptBack(
  prisma: Pick<TenantPrisma, '$executeRaw'>,
  key: Uint8Array,
): Promise<void> {
  await prisma.$executeRaw`
    UPDATE public.failed_log_ins SET failures = greatest(failures - 1, 0), blocked_until = NULL
    WHERE key_hash = ${key}`;
}

/** Forgets the failures of a key: whoever held it was right at last. */
export async function forgetAttempts(
  prisma: Pick<TenantPrisma, 'failedLogIn'>,
  key: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await prisma.failedLogIn.deleteMany({ where: { keyHash: key } });
}
