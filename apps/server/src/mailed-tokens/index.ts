export {
  ACCOUNT_MAILS,
  type AccountMails,
  accountLink,
  type LinkKind,
  tenantName,
} from './account-mails.js';
export {
  type ClaimedToken,
  claimMailedToken,
  findMailedToken,
  withMailedToken,
} from './claim-mailed-token.js';
export {
  countMailedTokens,
  issueMailedToken,
  lockUser,
  type NewMailedToken,
  type Purpose,
  voidMailedTokens,
} from './issue-mailed-token.js';
export {
  MAILED_TOKEN_LENGTH,
  type MailedTokenKey,
  mailedTokenKey,
  newMailedToken,
} from './mailed-token.js';
export { mailedToken } from './mailed-token-schema.js';
export { MailedTokensModule } from './mailed-tokens.module.js';
