import { type Letter, letter, shownName } from '../mail/index.js';

/** The letter that invites somebody. */
export function invitationLetter({
  tenant,
  inviter,
  url,
  days,
}: {
  readonly tenant: string;
  readonly inviter: string;
  readonly url: string;
  readonly days: number;
}) {
  return letter({
    subject: `You are invited to ${tenant}`,
    paragraphs: [
      'Hello,',
      `${shownName(inviter)} invites you to join ${tenant}. Follow this link within ${days} days to choose a password; it works once.`,
    ],
    action: { label: 'Join', url },
    notes: [
      'If you do not know what this is about, you need not do anything: without the link there is no account.',
      'Give this link to nobody: whoever has it can join in your place.',
    ],
  } satisfies Letter);
}
