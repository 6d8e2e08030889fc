export { type Letter, letter, shownName } from './letter.js';
export { MailModule } from './mail.module.js';
export { MAILER, type Mail, type Mailer } from './mailer.js';
