import { z } from 'zod';

/**
 * Names that mean something below a domain, to people, to mail programs or to the machinery of the
 * network: whoever had one as a subdomain could speak for the whole service.
 *
 * @see RFC 2142 "Mailbox Names for Common Services"; RFC 6761 "Special-Use Domain Names"; CA/Browser
 *   Forum Baseline Requirements, 3.2.2.4.4
 */
const RESERVED = new Set([
  ...['www', 'web', 'app', 'apps', 'api', 'graphql', 'console', 'dashboard', 'portal', 'cdn'],
  ...['static', 'assets', 'media', 'files', 'images', 'img', 'js', 'css', 'docs', 'doc', 'help'],
  ...['support', 'status', 'health', 'metrics', 'blog', 'news', 'shop', 'store', 'about', 'legal'],
  ...['admin', 'administrator', 'root', 'system', 'operator', 'owner', 'staff', 'team', 'internal'],
  ...['account', 'accounts', 'auth', 'login', 'logout', 'signin', 'signup', 'register', 'sso'],
  ...['oauth', 'oidc', 'saml', 'id', 'identity', 'secure', 'security', 'billing', 'payment'],
  ...['payments', 'mail', 'email', 'smtp', 'imap', 'pop', 'pop3', 'mx', 'webmail', 'postmaster'],
  ...['hostmaster', 'webmaster', 'abuse', 'noc', 'noreply', 'no-reply', 'mailer-daemon', 'info'],
  ...[
    'autodiscover',
    'autoconfig',
    'mta-sts',
    'wpad',
    'isatap',
    'localhost',
    'local',
    'broadcasthost',
  ],
  ...['ns', 'ns1', 'ns2', 'ns3', 'ns4', 'dns', 'ftp', 'sftp', 'ssh', 'vpn', 'proxy', 'gateway'],
  ...[
    'dev',
    'test',
    'demo',
    'staging',
    'stage',
    'preview',
    'beta',
    'prod',
    'production',
    'sandbox',
  ],
  ...[
    'ringfence',
    'tenant',
    'tenants',
    'null',
    'undefined',
    'none',
    'example',
    'invalid',
    'public',
  ],
]);

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * The slug of a new tenant: a DNS label of ASCII letters, digits and inner hyphens, so that nothing that
 * merely looks like another name is one. No label that DNS reads in a way of its own (`xn--…`), none
 * that looks like a tenant's id, none that is reserved.
 *
 * @see RFC 1035, 2.3.1; RFC 5890, 2.3.1 (labels with hyphens in third and fourth place)
 */
export const tenantSlug = z
  .string()
  .min(2)
  .max(63)
  .regex(LABEL, 'must be lower-case letters, digits and hyphens, with no hyphen at an end')
  .refine((slug) => slug.slice(2, 4) !== '--', 'must not have hyphens in third and fourth place')
  .refine((slug) => !ID.test(slug), 'must not look like an id')
  .refine((slug) => /[a-z]/.test(slug), 'must have a letter')
  .refine((slug) => !RESERVED.has(slug), 'is reserved');
