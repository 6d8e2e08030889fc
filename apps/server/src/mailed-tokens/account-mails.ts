import { RingfenceError } from 'ringfence/errors';
import type { TenantDirectory } from 'ringfence/nest';
import type { TenantPool } from 'ringfence/postgres';
import { TENANT_NAME_STATEMENT } from 'ringfence/sql';
import type { EventLogger } from 'ringfence/telemetry';
import type { PasswordRules } from '../auth/index.js';
import type { ServerConfig } from '../config.js';
import type { TenantPrisma } from '../database/index.js';
import { type Mailer, shownName } from '../mail/index.js';
import { AddressChangeLimit } from './address-change-limit.js';

/** Injects the {@link AccountMails}. */
export const ACCOUNT_MAILS = Symbol('ACCOUNT_MAILS');

/** What every verb needs that writes to people about their accounts. */
export interface AccountMails {
  readonly directory: TenantDirectory;
  readonly pool: Pick<TenantPool, 'query'>;
  readonly prisma: TenantPrisma;
  readonly mailer: Mailer;
  /** For verbs that take a new password. */
  readonly rules: PasswordRules;
  readonly addressChanges: AddressChangeLimit;
  readonly publicUrl: string;
  /** How long the three kinds of tokens are good, in seconds. */
  readonly seconds: {
    readonly passwordReset: number;
    readonly emailVerification: number;
    readonly invitation: number;
  };
  readonly logger: Pick<EventLogger, 'info' | 'warn'>;
}

/** What a link is for: the key in its fragment, and what the page behind it does. */
export type LinkKind = 'password-reset' | 'email-verification' | 'invitation';

/**
 * The address of the page that spends a token. The token stands in the fragment, which browsers send to
 * nobody: not to us, not to a proxy's log, not as a referrer. The page posts it.
 *
 * @see RFC 3986, 3.5 "Fragment"; RFC 9110, 10.1.3 "Referer"
 * @example
 * accountLink('https://{tenant}.example.com', 'acme', 'invitation', token);
 * // https://acme.example.com/account#invitation=…
 */
export function accountLink(
  publicUrl: string,
  slug: string,
  kind: LinkKind,
  token: string,
): string {
  const base = publicUrl.replace('{tenant}', slug).replace(/\/$/, '');
  return `${base}/account#${kind}=${token}`;
}

/** The name of the current tenant, as a mail shows it. */
export async function tenantName(pool: Pick<TenantPool, 'query'>): Promise<string> {
  const { rows } = await pool.query(TENANT_NAME_STATEMENT);
  const [row] = rows as { name: string | null }[];
  if (!row?.name) throw new RingfenceError('TENANT_UNKNOWN');
  return shownName(row.name);
}

/** Puts together {@link AccountMails}, once per application. */
export function accountMails(
  pool: TenantPool,
  prisma: TenantPrisma,
  mailer: Mailer,
  rules: PasswordRules,
  config: ServerConfig,
  { logger }: { readonly logger: EventLogger },
): AccountMails {
  return {
    directory: pool,
    pool,
    prisma,
    mailer,
    rules,
    addressChanges: new AddressChangeLimit(),
    publicUrl: config.PUBLIC_URL,
    seconds: {
      passwordReset: config.PASSWORD_RESET_MINUTES * 60,
      emailVerification: config.EMAIL_VERIFICATION_HOURS * 3600,
      invitation: config.INVITATION_DAYS * 86_400,
    },
    logger,
  };
}
