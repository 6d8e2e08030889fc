import { Module } from '@nestjs/common';
import { TenantPool } from 'ringfence/postgres';
import { AUTH_DEPENDENCIES, type AuthDependencies, AuthModule } from '../auth/index.js';
import { PERSON_DEPENDENCIES, type PersonDependencies } from './person-dependencies.js';
import { PersonsController } from './persons.controller.js';

/** One person with accounts in several tenants: links and switches between them. */
@Module({
  imports: [AuthModule],
  controllers: [PersonsController],
  providers: [
    {
      provide: PERSON_DEPENDENCIES,
      inject: [AUTH_DEPENDENCIES, TenantPool],
      useFactory: (accounts: AuthDependencies, pool: TenantPool): PersonDependencies => ({
        accounts,
        pool,
      }),
    },
  ],
})
export class PersonsModule {}
