import { describe, expect, it } from 'vitest';
import { signWebhook, verifyWebhook } from './webhook-signature.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
};
const at = { now: MESSAGE.timestamp * 1000 };

describe('signWebhook', () => {
  it('signs as openssl does', () => {
    expect(signWebhook(MESSAGE, [SECRET])['webhook-signature']).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it.each(['', 'secret', 'whsec_', 'whsec_dG9vIHNob3J0', `whsec_${'a'.repeat(200)}`])(
    'refuses the secret %j, and does not repeat it',
    (secret) => {
      let message = '';
      try {
        signWebhook(MESSAGE, [secret]);
      } catch (error) {
        message = JSON.stringify(error) + String(error);
      }
      expect(message).toContain('CONFIGURATION_INVALID');
      if (secret.length > 6) expect(message).not.toContain(secret);
    },
  );

  it('refuses to send anything unsigned', () => {
    expect(() => signWebhook(MESSAGE, [])).toThrow(/CONFIGURATION_INVALID|not valid/);
  });
});

describe('verifyWebhook', () => {
  const headers = { ...signWebhook(MESSAGE, [SECRET]) };
  const verify = (changed: object, body = MESSAGE.body, secrets = [SECRET], now = at.now) =>
    verifyWebhook({ ...headers, ...changed }, body, secrets, { now });

  it('believes what was signed, by any secret of either side', () => {
    expect(verify({})).toBe(true);
    expect(verify({}, MESSAGE.body, [OTHER, SECRET])).toBe(true);
    const both = signWebhook(MESSAGE, [OTHER, SECRET]);
    expect(verify({ ...both })).toBe(true);
    expect(verify({ ...both }, MESSAGE.body, [OTHER])).toBe(true);
  });

  it.each([
    ['another body', {}, '{"test": 2432232315}'],
    ['another id', { 'webhook-id': 'msg_2' }],
    ['another time', { 'webhook-timestamp': '1614265331' }],
    ['the same time in other digits', { 'webhook-timestamp': '1.614265330e9' }],
    ['no signature', { 'webhook-signature': '' }],
    ['a header twice', { 'webhook-id': [MESSAGE.id, MESSAGE.id] }],
    ['another version', { 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') }],
    ['a missing header', { 'webhook-timestamp': undefined }],
  ])('does not believe %s', (_what, changed, body = MESSAGE.body) => {
    expect(verify(changed, body)).toBe(false);
  });

  it('does not believe another secret, nor what is too old or too far ahead', () => {
    expect(verify({}, MESSAGE.body, [OTHER])).toBe(false);
    expect(verify({}, MESSAGE.body, [SECRET], at.now + 299_000)).toBe(true);
    expect(verify({}, MESSAGE.body, [SECRET], at.now + 301_000)).toBe(false);
    expect(verify({}, MESSAGE.body, [SECRET], at.now - 301_000)).toBe(false);
  });
});
