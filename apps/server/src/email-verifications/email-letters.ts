import { type Letter, letter, shownName } from '../mail/index.js';

/** What the letters about an address say. */
export interface EmailLetterFacts {
  readonly tenant: string;
  readonly name: string;
}

/** The letter with the link that proves an address, the present one or a new one. */
export function emailVerificationLetter(
  { tenant, name }: EmailLetterFacts,
  { url, hours }: { readonly url: string; readonly hours: number },
) {
  return letter({
    subject: `Confirm your address for ${tenant}`,
    paragraphs: [
      `Hello ${shownName(name)},`,
      `follow this link within ${hours} hours to confirm that this is the address of your account at ${tenant}; it works once.`,
    ],
    action: { label: 'Confirm this address', url },
    notes: ['If you have no such account, do not follow the link: nothing happens then.'],
  } satisfies Letter);
}

/** The letter to an address that is no longer the account's. The new one is not told to it. */
export function emailChangedLetter(
  { tenant, name }: EmailLetterFacts,
  { by }: { readonly by: 'oneself' | 'administrator' },
) {
  const who = by === 'oneself' ? 'was changed' : 'was changed by somebody who administers it';
  return letter({
    subject: `Your address for ${tenant} was changed`,
    paragraphs: [
      `Hello ${shownName(name)},`,
      `the address of your account at ${tenant} ${who}. From now on mails about it go to the new address, and no longer here.`,
    ],
    notes: ['If you did not expect this, tell an owner of your tenant at once.'],
  } satisfies Letter);
}
