import { Module } from '@nestjs/common';
import { MailedTokensModule } from '../mailed-tokens/index.js';
import { UsersController } from './users.controller.js';

@Module({ imports: [MailedTokensModule], controllers: [UsersController] })
export class UsersModule {}
