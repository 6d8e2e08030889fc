import { Module } from '@nestjs/common';
import { TENANCY_OPTIONS } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { PASSWORD_RULES } from '../auth/index.js';
import { SERVER_CONFIG } from '../config.js';
import { TENANT_PRISMA } from '../database/index.js';
import { MAILER } from '../mail/index.js';
import { ACCOUNT_MAILS, accountMails } from './account-mails.js';

/** For every module that writes to people about their accounts. */
@Module({
  providers: [
    {
      provide: ACCOUNT_MAILS,
      inject: [TenantPool, TENANT_PRISMA, MAILER, PASSWORD_RULES, SERVER_CONFIG, TENANCY_OPTIONS],
      useFactory: accountMails,
    },
  ],
  exports: [ACCOUNT_MAILS],
})
export class MailedTokensModule {}
