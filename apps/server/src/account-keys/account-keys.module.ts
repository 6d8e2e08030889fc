import { Global, Module } from '@nestjs/common';
import { watchKeyring } from 'ringfence/postgres';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { ACCOUNT_KEYS, AccountKeys } from './account-keys.js';

/** The {@link AccountKeys} of the process, from the file that the settings name. */
@Global()
@Module({
  providers: [
    {
      provide: ACCOUNT_KEYS,
      inject: [SERVER_CONFIG],
      useFactory: ({ ACCOUNT_KEYS_FILE }: ServerConfig) => {
        const keys = watchKeyring(ACCOUNT_KEYS_FILE);
        // An unreadable file refuses the start instead of the first log-in.
        keys();
        return new AccountKeys(keys);
      },
    },
  ],
  exports: [ACCOUNT_KEYS],
})
export class AccountKeysModule {}
