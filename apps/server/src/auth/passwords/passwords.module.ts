import { accessSync, constants } from 'node:fs';
import { Global, Module } from '@nestjs/common';
import { RingfenceError } from 'ringfence/errors';
import { SERVER_CONFIG, type ServerConfig } from '../../config.js';
import { PASSWORD_RULES, PasswordRules } from './password-rules.js';

/** The {@link PasswordRules}, for whatever takes a new password. */
@Global()
@Module({
  providers: [
    {
      provide: PASSWORD_RULES,
      inject: [SERVER_CONFIG],
      useFactory: ({ BREACHED_PASSWORDS_FILE: file }: ServerConfig) => {
        if (file !== undefined) requireReadable(file);
        return new PasswordRules(file);
      },
    },
  ],
  exports: [PASSWORD_RULES],
})
export class PasswordsModule {}

/** A missing list refuses the start, and not the first person who chooses a password. */
function requireReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const detail = 'The file that BREACHED_PASSWORDS_FILE names cannot be read.';
    throw new RingfenceError('CONFIGURATION_INVALID', { detail, cause });
  }
}
