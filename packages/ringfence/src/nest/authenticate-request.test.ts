import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { RingfenceError } from '../errors/index.js';
import { authenticateRequest, verifiedTokenOf } from './authenticate-request.js';
import type { HttpRequest } from './fastify-shape.js';
import type { VerifiedToken } from './tenancy-options.js';
import { A } from './test-app.fixture.js';

const actor = { kind: 'user', id: 'u1', sessionId: 's1', role: 'member' } as const;
let asked: string[];
let expiresAt: number;
beforeEach(() => {
  asked = [];
  expiresAt = Date.now() / 1000 + 60;
});

const verifier = {
  async verify(token: string): Promise<VerifiedToken> {
    asked.push(token);
    if (token === 'bad') throw new RingfenceError('TOKEN_INVALID');
    return { tenantId: A.id, tenantSlug: A.slug, actor, expiresAt };
  },
};

function requestWith(...headers: string[]): HttpRequest {
  const rawHeaders = headers.flatMap((value) => ['Authorization', value]);
  return { raw: { rawHeaders } as unknown as IncomingMessage };
}

describe('authenticateRequest', () => {
  it('verifies the token of a request once, for whoever asks', async () => {
    const request = requestWith('Bearer good');
    expect(verifiedTokenOf(request)).toBeUndefined();
    const token = await authenticateRequest(request, verifier);
    expect(token.tenantSlug).toBe(A.slug);
    expect(await authenticateRequest(request, verifier)).toBe(token);
    expect(verifiedTokenOf(request)).toBe(token);
    expect(asked).toEqual(['good']);
    await authenticateRequest(requestWith('Bearer good'), verifier);
    expect(asked).toEqual(['good', 'good']);
  });

  it('verifies it again when it has expired meanwhile, while a body was slow', async () => {
    const request = requestWith('Bearer good');
    expiresAt = Date.now() / 1000 - 1;
    await authenticateRequest(request, verifier);
    await authenticateRequest(request, verifier);
    expect(asked).toEqual(['good', 'good']);
  });

  it.each([
    [[], 'AUTHENTICATION_REQUIRED'],
    [['Bearer bad'], 'TOKEN_INVALID'],
    [['Basic good'], 'TOKEN_INVALID'],
    [['Bearer good', 'Bearer good'], 'TOKEN_INVALID'],
  ])('%j is %s, and is asked again', async (headers, code) => {
    const request = requestWith(...headers);
    for (let time = 0; time < 2; time += 1) {
      await expect(authenticateRequest(request, verifier)).rejects.toMatchObject({ code });
    }
    expect(verifiedTokenOf(request)).toBeUndefined();
  });
});
