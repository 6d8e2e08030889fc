import type { WayIn } from 'ringfence/sql';

/**
 * Everything on which the way into an account depends, beside the keys that no database sees. What SQL
 * of the application could change to enter somebody's account stands here: see
 * docs/decisions/0011-person-link.md.
 */
export const WAYS_IN: readonly WayIn[] = [
  {
    name: 'users',
    account: 'id',
    changed: '(OLD.email, OLD.password_hash) IS DISTINCT FROM (NEW.email, NEW.password_hash)',
  },
  {
    name: 'second_factors',
    account: 'user_id',
    // A step back would let a code be used once more.
    changed: `OLD.confirmed_at IS DISTINCT FROM NEW.confirmed_at
    OR (OLD.last_step IS NOT NULL AND (NEW.last_step IS NULL OR NEW.last_step < OLD.last_step))`,
    rows: ['delete'],
  },
  {
    name: 'recovery_codes',
    account: 'user_id',
    // A used one that is good again, like a new one, is a way in.
    changed: 'OLD.used_at IS NOT NULL AND NEW.used_at IS NULL',
    rows: ['insert'],
  },
];
