import { Module } from '@nestjs/common';
import { MailedTokensModule } from '../mailed-tokens/index.js';
import { RegistrationsController } from './registrations.controller.js';

@Module({ imports: [MailedTokensModule], controllers: [RegistrationsController] })
export class RegistrationsModule {}
