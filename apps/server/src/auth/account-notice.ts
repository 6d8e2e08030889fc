import { currentTenant } from 'ringfence/context';
import { StrangerLimit } from '../http/stranger-limit.js';
import { letter, type Mailer } from '../mail/index.js';

const NOTICES = {
  'password-changed': {
    subject: 'Your password was changed',
    what: 'The password of your account was changed, and every other session has ended.',
  },
  'second-factor-on': {
    subject: 'A second factor was added to your account',
    what: 'From now on your account is entered with a code of your authenticator app.',
  },
  'second-factor-off': {
    subject: 'The second factor of your account was removed',
    what: 'Your account is entered with the password alone again.',
  },
  'second-factor-reset': {
    subject: 'The second factor of your account was reset',
    what: 'Somebody who manages your tenant has removed the second factor of your account.',
  },
} as const;

/** What happened to an account. */
export type AccountEvent = keyof typeof NOTICES;

/** Whom a notice is for. */
export interface NoticeReceiver {
  readonly id: string;
  readonly email: string;
}

/**
 * Tells people what happened to their accounts, so that a stranger's doing does not go unseen. Each kind
 * of notice is sent five times an hour: whoever does the same thing again and again, to have a mailbox
 * filled, does it without a notice; and cannot use up the notices of another kind.
 */
export class AccountNotices {
  readonly #limit = new StrangerLimit({ times: 5, seconds: 3600 });

  constructor(private readonly mailer: Mailer) {}

  /** Runs in the tenant's context, after the commit. */
  async send({ id: userId, email }: NoticeReceiver, event: AccountEvent): Promise<void> {
    const { tenantId } = currentTenant();
    if (!(await this.#limit.take(`${tenantId} ${userId} ${event}`))) return;
    const { subject, what } = NOTICES[event];
    const paragraphs = [what, 'If this was not you, tell an owner of your tenant at once.'];
    const about = { mail: event, tenantId, userId };
    await this.mailer.send({ to: email, ...letter({ subject, paragraphs }), about });
  }
}
