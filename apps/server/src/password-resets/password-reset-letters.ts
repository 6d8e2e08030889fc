import { type Letter, letter, shownName } from '../mail/index.js';

/** What the letters about a password say. */
export interface PasswordLetterFacts {
  readonly tenant: string;
  readonly name: string;
}

/** The letter with the link that sets a new password. */
export function passwordResetLetter(
  { tenant, name }: PasswordLetterFacts,
  { url, minutes }: { readonly url: string; readonly minutes: number },
) {
  return letter({
    subject: `Set a new password for ${tenant}`,
    paragraphs: [
      `Hello ${shownName(name)},`,
      `somebody asked to set a new password for your account at ${tenant}. If that was you, follow this link within ${minutes} minutes; it works once.`,
    ],
    action: { label: 'Set a new password', url },
    notes: [
      'If it was not you, you need not do anything: your password stays as it is.',
      'Give this link to nobody: whoever has it can set your password.',
    ],
  } satisfies Letter);
}

/** The letter that says that a password was set. */
export function passwordChangedLetter(
  { tenant, name }: PasswordLetterFacts,
  { apiKeys }: { readonly apiKeys: number },
) {
  const keys = apiKeys === 1 ? 'One API key' : `${apiKeys} API keys`;
  return letter({
    subject: `Your password for ${tenant} was changed`,
    paragraphs: [
      `Hello ${shownName(name)},`,
      `the password of your account at ${tenant} was set anew by a link that we had mailed to you. Every session was ended: log in with the new password.`,
      ...(apiKeys > 0
        ? [`${keys} that you made still work. Revoke those that you do not know.`]
        : []),
    ],
    notes: ['If it was not you, somebody reads your mail: tell an owner of your tenant at once.'],
  } satisfies Letter);
}
