import { Module } from '@nestjs/common';
import { MailedTokensModule } from '../mailed-tokens/index.js';
import { EmailVerificationsController } from './email-verifications.controller.js';

@Module({ imports: [MailedTokensModule], controllers: [EmailVerificationsController] })
export class EmailVerificationsModule {}
