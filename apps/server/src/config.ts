import { isIP } from 'node:net';
import { getConfigToken } from '@nestjs/config';
import { RingfenceError } from 'ringfence/errors';
import { z } from 'zod';
import { parseOperatorKeys } from './access-patterns/operator-keys.js';
import { parseProxies } from './http/client-address.js';
import { type OtlpAddresses, otlpAddresses } from './telemetry/otlp-addresses.js';

/** Injects the {@link ServerConfig}: `@Inject(SERVER_CONFIG) config: ServerConfig`. */
export const SERVER_CONFIG = getConfigToken('server');

/** The privileged login belongs to the migration process, which exits before the server starts. */
const FORBIDDEN = [
  'DATABASE_MIGRATION_URL',
  'DATABASE_OPERATOR_URL',
  'DATABASE_SEALER_URL',
] as const;

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine(
      (value) => value >= from && value <= to,
      `must be a whole number from ${from} to ${to}`,
    );

const number = (from: number, to: number, fallback: number) =>
  wholeNumber(from, to).default(fallback);

const HTTP_URL = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:/.test(text),
    'must begin with http:// or https://',
  );

const ENVIRONMENT = z.object({
  NODE_ENV: z.string().optional(),
  DATABASE_URL: z
    .string({ error: 'must be set to the URL of the application login' })
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://'),
  DATABASE_POOL_MAX: number(1, 1000, 10),
  DATABASE_POOLER: z
    .enum(
      ['session', 'transaction', 'transaction-with-reset'],
      'must be session, transaction or transaction-with-reset',
    )
    .optional(),
  // Where the change feed listens: PostgreSQL itself, when a transaction pooler stands before it.
  DATABASE_DIRECT_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://')
    .optional(),
  PORT: number(0, 65_535, 3000),
  HOST: z.string().min(1, 'must not be empty').optional(),
  RINGFENCE_MODE: z.enum(['demo', 'production'], 'must be demo or production').optional(),
  JWT_KEYS_FILE: z
    .string({ error: 'must name the file that holds the signing keys' })
    .min(1, 'must name the file that holds the signing keys'),
  ACCOUNT_KEYS_FILE: z
    .string({ error: 'must name the file that holds the keys of accounts' })
    .min(1, 'must name the file that holds the keys of accounts'),
  JWT_ISSUER: z.string().min(1, 'must not be empty').default('ringfence'),
  JWT_AUDIENCE: z.string().min(1, 'must not be empty').default('ringfence-api'),
  ACCESS_TOKEN_SECONDS: number(10, 86_400, 900),
  REFRESH_TOKEN_DAYS: number(1, 365, 14),
  SESSION_DAYS: number(1, 365, 30),
  BREACHED_PASSWORDS_FILE: z.string().min(1, 'must not be empty').optional(),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text, context) => {
      const proxies = parseProxies(text);
      if (!proxies) context.addIssue('must be a list of addresses and networks (10.0.0.0/8)');
      return proxies ?? z.NEVER;
    }),
  BASE_DOMAINS: z
    .string()
    .default('localhost')
    .transform((text) => text.split(',').map((domain) => domain.trim().toLowerCase()))
    .refine((domains) => !domains.includes(''), 'must be a list of domains, separated by commas'),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .transform((origins) => origins.filter((origin) => origin !== ''))
    .refine(
      (origins) => origins.every(isOrigin),
      'must be a list of origins like https://console.example.com, separated by commas',
    ),
  // Which resolvers are asked about the domains of tenants; those of the machine when it is not set.
  DNS_SERVERS: z
    .string()
    .transform((text) => text.split(',').map((server) => server.trim()))
    .refine(
      (servers) => servers.every(isDnsServer),
      'must be a list of IP addresses, separated by commas, each with or without a port',
    )
    .optional(),
  RATE_LIMIT_PER_SECOND: number(1, 1_000_000, 1000),
  RATE_LIMITS_FILE: z.string().min(1, 'must not be empty').optional(),
  RATE_LIMIT_STORE: z
    .enum(['memory', 'redis', 'postgres'], 'must be memory, redis or postgres')
    .default('memory'),
  RATE_LIMIT_WHEN_STORE_FAILS: z
    .enum(['memory', 'open', 'closed'], 'must be memory, open or closed')
    .default('memory'),
  REDIS_URL: z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^rediss?:/.test(text),
      'must begin with redis:// or rediss://',
    )
    .optional(),
  // Where alerts are sent to: see docs/access-patterns.md.
  ALERT_WEBHOOK_URL: z.string().min(1, 'must not be empty').optional(),
  ALERT_WEBHOOK_SECRETS: z
    .string()
    .transform((text) => text.split(',').map((secret) => secret.trim()))
    .optional(),
  ALERT_WEBHOOK_PRIVATE: z
    .enum(['refused', 'allowed'], 'must be refused or allowed')
    .default('refused'),
  // Who may read the alerts of all tenants, as name:sha256 of a random key.
  OPERATOR_KEYS: z
    .string()
    .transform((text, context) => {
      const keys = parseOperatorKeys(text);
      if (!keys) context.addIssue('must be a list of name:sha256 of a key in hex');
      return keys ?? z.NEVER;
    })
    .optional(),
  REQUEST_TIMEOUT_SECONDS: number(1, 3600, 20),
  // Longer than any honest answer takes: the longest wait is that for a password (about 15 s).
  HANDLER_TIMEOUT_SECONDS: number(1, 3600, 30),
  MAX_CONNECTIONS: number(10, 1_000_000, 4096),
  SHUTDOWN_DRAIN_SECONDS: wholeNumber(0, 3600).optional(),
  SHUTDOWN_DEADLINE_SECONDS: number(1, 3600, 10),
  PUBLIC_URL: z
    .string()
    .refine(
      isPublicUrl,
      'must be an address without a path, in which {tenant} may stand for the slug',
    )
    .optional(),
  SMTP_URL: z.string().refine(isSmtpUrl, 'must begin with smtp:// or smtps://').optional(),
  SMTP_TLS: z.enum(['required', 'off'], 'must be required or off').default('required'),
  SMTP_CA_FILE: z.string().optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^([^<>\r\n]{0,200}<)?[^\s@<>,;]+@[^\s@<>,;]+>?$/,
      'must be an address or Name <address>',
    )
    .default('Ringfence <no-reply@localhost>'),
  PASSWORD_RESET_MINUTES: number(5, 1440, 60),
  EMAIL_VERIFICATION_HOURS: number(1, 720, 48),
  INVITATION_DAYS: number(1, 90, 7),
  REGISTRATION: z.enum(['open', 'closed'], 'must be open or closed').optional(),
  // Of its own, and off without it. Anything but this machine needs a token too.
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  METRICS_HOST: z.string().min(1, 'must not be empty').default('127.0.0.1'),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  METRICS_TOP_TENANTS: number(1, 1000, 20),
  // The standard variables that say what is exported; the SDK reads the others by itself.
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_SERVICE_NAME: z.string().min(1, 'must not be empty').default('ringfence'),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], 'must be otlp or none').optional(),
  OTEL_METRICS_EXPORTER: z.enum(['otlp', 'none'], 'must be otlp or none').optional(),
  OTEL_METRIC_EXPORT_INTERVAL: number(100, 86_400_000, 60_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: HTTP_URL.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: HTTP_URL.optional(),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: HTTP_URL.optional(),
  TRACEPARENT: z
    .enum(['link', 'parent', 'ignore'], 'must be link, parent or ignore')
    .default('link'),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info'),
});

/** As node:dns takes it: `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. */
function isDnsServer(text: string): boolean {
  const [, bracketed, plain] =
    /^(?:\[([0-9a-f:.]+)\](?::\d{1,5})?|([0-9.]+)(?::\d{1,5})?)$/i.exec(text) ?? [];
  return isIP(bracketed ?? plain ?? text) !== 0;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** Settings without which production cannot write to anybody. */
const MAIL = ['SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL'] as const;

/** As browsers write it; there is no wildcard. */
function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function loginOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).username : undefined;
}

function isPublicUrl(text: string): boolean {
  const url = text.replace('{tenant}', 'tenant');
  return /^https?:\/\/[^/?#@]+\/?$/.test(url) && URL.canParse(url) && !url.includes('{');
}

function isSmtpUrl(text: string): boolean {
  return URL.canParse(text) && /^smtps?:\/\/[^/]/.test(text);
}

/** The settings of the server: the environment, read once, checked and filled with defaults. */
export interface ServerConfig extends z.output<typeof ENVIRONMENT> {
  readonly HOST: string;
  readonly PUBLIC_URL: string;
  readonly REGISTRATION: 'open' | 'closed';
  readonly RINGFENCE_MODE: 'demo' | 'production';
  readonly SHUTDOWN_DRAIN_SECONDS: number;
  /** Where traces and metrics go; nowhere without an address. */
  readonly OTLP: OtlpAddresses;
}

/**
 * Reads the settings from an environment.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID`; its `detail` holds one sentence per fault and never
 *   a value, because a URL holds a password.
 * @example
 * const config = readConfig(process.env);
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ServerConfig {
  const faults = FORBIDDEN.filter((name) => env[name]).map(
    (name) =>
      `${name} must not be set for the server: only migrations, operators and the sealer may hold it.`,
  );
  // An empty value means "not set": that is how shells and compose files pass on what is missing.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { success, data, error } = ENVIRONMENT.safeParse(given);
  for (const issue of error?.issues ?? []) faults.push(`${issue.path.join('.')} ${issue.message}.`);
  const demo = modeOf(given) !== 'production';
  for (const name of demo ? [] : MAIL) {
    if (given[name] === undefined) faults.push(`${name} must be set in production.`);
  }
  if (given.SMTP_TLS === 'off' && /^smtps?:\/\/[^/]*@/.test(given.SMTP_URL ?? '')) {
    faults.push('SMTP_TLS must not be off for a mail server that takes a password.');
  }
  // Another login here would be one that nobody checks at the start.
  if (
    data?.DATABASE_DIRECT_URL &&
    loginOf(data.DATABASE_DIRECT_URL) !== loginOf(data.DATABASE_URL)
  ) {
    faults.push('DATABASE_DIRECT_URL must name the login of DATABASE_URL.');
  }
  if (
    data?.METRICS_PORT !== undefined &&
    !LOOPBACK.test(data.METRICS_HOST) &&
    !data.METRICS_TOKEN
  ) {
    faults.push('METRICS_TOKEN must be set for a METRICS_HOST that others reach.');
  }
  if (given.RATE_LIMIT_STORE === 'redis' && given.REDIS_URL === undefined) {
    faults.push('REDIS_URL must be set for RATE_LIMIT_STORE=redis.');
  }
  if ((given.ALERT_WEBHOOK_URL === undefined) !== (given.ALERT_WEBHOOK_SECRETS === undefined)) {
    faults.push('ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRETS must be set together.');
  }
  if (!demo && data?.PUBLIC_URL?.startsWith('http:')) {
    faults.push('PUBLIC_URL must begin with https:// in production.');
  }
  if (!success || faults.length > 0) {
    throw new RingfenceError('CONFIGURATION_INVALID', { detail: faults.join(' ') });
  }
  return {
    ...data,
    HOST: data.HOST ?? (data.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'),
    // Every browser finds names below localhost on its own machine (RFC 6761, 6.3).
    PUBLIC_URL: data.PUBLIC_URL ?? `http://{tenant}.localhost:${data.PORT}`,
    REGISTRATION: data.REGISTRATION ?? (demo ? 'open' : 'closed'),
    RINGFENCE_MODE: demo ? 'demo' : 'production',
    OTLP: otlpAddresses(data),
    // Nobody routes around a demo, and Ctrl-C should be quick.
    SHUTDOWN_DRAIN_SECONDS: data.SHUTDOWN_DRAIN_SECONDS ?? (demo ? 0 : 5),
  };
}

function modeOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.RINGFENCE_MODE ?? (env.NODE_ENV === 'production' ? 'production' : 'demo');
}
