import { createHmac, timingSafeEqual } from 'node:crypto';
import { RingfenceError } from '../errors/index.js';

/** The headers of a signed webhook, as the Standard Webhooks specification names them. */
export interface WebhookHeaders {
  /** The same for every attempt at one event: whoever gets it twice can tell. */
  readonly 'webhook-id': string;
  /** When this attempt was signed, in seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,<base64>` per secret, separated by spaces. */
  readonly 'webhook-signature': string;
}

/** What is signed. */
export interface WebhookMessage {
  readonly id: string;
  readonly timestamp: number;
  /** The body as it is sent, byte for byte. */
  readonly body: string;
}

const SECRET = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;
const DEFAULT_TOLERANCE_SECONDS = 300;

/**
 * Signs a webhook with HMAC-SHA-256 over `<id>.<timestamp>.<body>`. With two secrets it carries two
 * signatures, so that a receiver can change over at its own time.
 *
 * @param secrets `whsec_` and base64 of 24 to 64 bytes, the newest first.
 * @throws RingfenceError `CONFIGURATION_INVALID` for a secret of another form; it is not in the text.
 * @see Standard Webhooks specification, "Signature scheme"
 * @example
 * const headers = signWebhook({ id: 'evt_1', timestamp: 1764259200, body: '{}' }, [secret]);
 */
export function signWebhook(message: WebhookMessage, secrets: readonly string[]): WebhookHeaders {
  if (secrets.length === 0) throw invalid('A webhook needs a secret.');
  const signatures = secrets.map((secret) => `v1,${mac(message, secret).toString('base64')}`);
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/** What {@link verifyWebhook} compares with. */
export interface VerifyOptions {
  /** How old, or how far ahead, a timestamp may be, in seconds; default 300. */
  readonly toleranceSeconds?: number;
  /** In milliseconds since 1970; default the clock. */
  readonly now?: number;
}

/**
 * Did somebody who knows one of the secrets send this, and lately? For receivers, who also remember
 * the id for as long as the tolerance, so that nobody sends it to them again.
 *
 * @param body as it came, before it is parsed.
 * @example
 * if (!verifyWebhook(request.headers, rawBody, [secret])) return reply.code(401).send();
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
  secrets: readonly string[],
  options: VerifyOptions = {},
): boolean {
  const { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, now = Date.now() } = options;
  const { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof stamp !== 'string' || typeof signatures !== 'string') {
    return false;
  }
  // Digits only: what is signed is the text, and `1e3` would be another text for the same number.
  if (!/^\d{1,12}$/.test(stamp)) return false;
  if (Math.abs(now / 1000 - Number(stamp)) > toleranceSeconds) return false;
  const expected = secrets.map((secret) => mac({ id, timestamp: Number(stamp), body }, secret));
  return signatures.split(' ').some((signature) => {
    const [version, encoded = ''] = signature.split(',');
    const given = Buffer.from(encoded, 'base64');
    return (
      version === 'v1' &&
      expected.some((each) => given.length === each.length && timingSafeEqual(given, each))
    );
  });
}

function mac({ id, timestamp, body }: WebhookMessage, secret: string): Buffer {
  const [, key] = SECRET.exec(secret) ?? [];
  if (!key) throw invalid('A webhook secret is whsec_ and base64 of 24 to 64 bytes.');
  const hmac = createHmac('sha256', Buffer.from(key, 'base64'));
  return hmac.update(`${id}.${timestamp}.${body}`).digest();
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}
