export {
  announceAddressChange,
  type MovedAddress,
  prepareAddressChange,
} from './change-address.js';
export { EmailVerificationsModule } from './email-verifications.module.js';
export { issueEmailVerification, mailEmailVerification } from './send-email-verification.js';
