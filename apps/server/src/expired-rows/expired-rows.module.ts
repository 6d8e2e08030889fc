import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { PurgeInPassing } from './purge-in-passing.js';

@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: PurgeInPassing }] })
export class ExpiredRowsModule {}
