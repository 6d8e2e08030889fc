import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { changeFeed } from './change-feed.js';

const DATABASE_URL = 'postgresql://app@pooler/db';
const DATABASE_DIRECT_URL = 'postgresql://app@database/db';
const logger = pino({ level: 'silent' });

describe('changeFeed', () => {
  it.each([
    ['nothing stands before the database', {}, true],
    ['a session pooler does', { DATABASE_POOLER: 'session' }, true],
    ['a transaction pooler does', { DATABASE_POOLER: 'transaction' }, false],
    ['one that resets does', { DATABASE_POOLER: 'transaction-with-reset' }, false],
    ['there is a way around it', { DATABASE_POOLER: 'transaction', DATABASE_DIRECT_URL }, true],
  ] as const)('where %s', (_case, settings, feed) => {
    expect('changes' in changeFeed({ DATABASE_URL, ...settings }, logger)).toBe(feed);
  });
});
