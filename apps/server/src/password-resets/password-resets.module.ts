import { Module } from '@nestjs/common';
import { MailedTokensModule } from '../mailed-tokens/index.js';
import { PasswordResetsController } from './password-resets.controller.js';

@Module({ imports: [MailedTokensModule], controllers: [PasswordResetsController] })
export class PasswordResetsModule {}
