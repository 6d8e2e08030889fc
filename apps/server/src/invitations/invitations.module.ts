import { Module } from '@nestjs/common';
import { MailedTokensModule } from '../mailed-tokens/index.js';
import { InvitationsController } from './invitations.controller.js';

@Module({ imports: [MailedTokensModule], controllers: [InvitationsController] })
export class InvitationsModule {}
