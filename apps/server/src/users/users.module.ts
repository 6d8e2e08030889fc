import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { MailedTokensModule } from '../mailed-tokens/index.js';
import { UsersController } from './users.controller.js';

@Module({ imports: [AuthModule, MailedTokensModule], controllers: [UsersController] })
export class UsersModule {}
