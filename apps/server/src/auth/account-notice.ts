import { letter, type Mail } from '../mail/index.js';

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

/** Tells a person what happened to the account, so that a stranger's doing does not go unseen. */
export function accountNotice({ email }: { readonly email: string }, event: AccountEvent): Mail {
  const { subject, what } = NOTICES[event];
  const paragraphs = [what, 'If this was not you, tell an owner of your tenant at once.'];
  return { to: email, ...letter({ subject, paragraphs }), about: { mail: event } };
}
