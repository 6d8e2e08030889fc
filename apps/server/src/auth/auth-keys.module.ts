import { Module } from '@nestjs/common';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { readSigningKeys, SIGNING_KEYS } from './signing-keys.js';

/**
 * The signing keys, for whoever issues tokens and for whoever verifies them. A module of its own,
 * because the request path needs them and AuthModule needs the request path.
 */
@Module({
  providers: [
    {
      provide: SIGNING_KEYS,
      inject: [SERVER_CONFIG],
      useFactory: (config: ServerConfig) => readSigningKeys(config.JWT_KEYS_FILE),
    },
  ],
  exports: [SIGNING_KEYS],
})
export class AuthKeysModule {}
