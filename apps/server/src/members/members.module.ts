import { Module } from '@nestjs/common';
import { MemberCache } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { memberDirectory } from './find-member.js';

/** Who is a member and may do what, for the request path. */
@Module({
  providers: [
    {
      provide: MemberCache,
      inject: [TenantPool],
      useFactory: (pool: TenantPool) => new MemberCache(memberDirectory(pool)),
    },
  ],
  exports: [MemberCache],
})
export class MembersModule {}
