import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { of } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { currentTenant, markRowTenant } from '../context/index.js';
import { AnyMember } from './any-member.decorator.js';
import { NamesOtherTenants } from './names-other-tenants.decorator.js';
import { Public } from './public.decorator.js';
import { A, B, bearer, ENTRIES, startApp, type TestApp, tokenFor } from './test-app.fixture.js';

interface Note {
  readonly id: string;
  readonly title: string;
  readonly tenantId?: string;
}

/** The planted leak: a cache that forgets to ask whose note it is. */
const cache = new Map<string, Note>();

/** Reads a note as a database would: of whoever asks. */
function readNote(id: string, shown: boolean): Note {
  const { tenantId } = currentTenant();
  const slug = ENTRIES.find((entry) => entry.id === tenantId)?.slug;
  const note = { id, title: `SECRET of ${slug}`, ...(shown ? { tenantId } : {}) };
  return markRowTenant(note, tenantId);
}

function cachedNote(id: string, shown: boolean): Note {
  const note = cache.get(id) ?? readNote(id, shown);
  cache.set(id, note);
  return note;
}

const WAYS: Record<string, (note: Note) => unknown> = {
  plain: (note) => note,
  spread: (note) => ({ ...note, extra: true }),
  list: (note) => ({ items: [note], nextCursor: null }),
  nested: (note) => ({ project: { documents: [{ note }] } }),
  observable: (note) => of(note),
};

@AnyMember('test')
@Controller()
class LeakyController {
  @Get('notes/:id')
  read(@Param('id') id: string, @Query('way') way = 'plain', @Query('shown') shown?: string) {
    return WAYS[way]?.(cachedNote(id, shown !== undefined));
  }

  @Get('sent/:id')
  send(@Param('id') id: string, @Res() reply: { send(body: unknown): void }): void {
    reply.send(cachedNote(id, false));
  }

  @NamesOtherTenants('test')
  @Get('named/:id')
  named(@Param('id') id: string): Note {
    return cachedNote(id, false);
  }

  @NamesOtherTenants('test')
  @Get('sent-named/:id')
  sendNamed(@Param('id') id: string, @Res() reply: { send(body: unknown): void }): void {
    reply.send(cachedNote(id, false));
  }

  @Public('test')
  @Get('public/:id')
  public(@Param('id') id: string): unknown {
    return cache.get(id) ?? null;
  }

  @Get('text')
  text(): object {
    return { text: `names ${A.id}, ${B.id}`, json: JSON.stringify({ tenantId: B.id }) };
  }
}

let test: TestApp;
beforeAll(async () => {
  test = await startApp([LeakyController]);
});
afterAll(() => test.app.close());
beforeEach(() => cache.clear());
const ask = (url: string, entry = A) => test.app.inject({ url, headers: bearer(tokenFor(entry)) });

describe('a planted leak', () => {
  it.each(Object.keys(WAYS).flatMap((way) => [`way=${way}`, `way=${way}&shown`]))(
    'is stopped and recorded: %s',
    async (query) => {
      const url = `/notes/1?${query}`;
      const own = await ask(url, A);
      expect(own.statusCode).toBe(200);
      expect(own.body).toContain('SECRET of acme');
      expect(own.body.includes(A.id)).toBe(query.endsWith('shown'));

      const leak = await ask(url, B);
      expect(leak.json()).toMatchObject({ status: 500, code: 'EGRESS_VIOLATION' });
      expect(leak.body).not.toMatch(/SECRET|acme|aaaaaaaa/);
      expect(test.lines().at(-1)).toMatchObject({
        event: 'EGRESS_VIOLATION',
        tenantId: B.id,
        rowTenantId: A.id,
        route: '/notes/:id',
      });
      expect(test.logged()).not.toContain('SECRET');
    },
  );

  it('is stopped on its way past the interceptor', async () => {
    expect((await ask('/sent/1', A)).body).toContain('SECRET of acme');
    const leak = await ask('/sent/1', B);
    expect(leak.json()).toMatchObject({ status: 500, code: 'EGRESS_VIOLATION' });
    expect(leak.body).not.toContain('SECRET');
  });

  it('is stopped where there is no tenant at all', async () => {
    await ask('/notes/1', A);
    const leak = await test.app.inject('/public/1');
    expect(leak.json()).toMatchObject({ status: 500, code: 'EGRESS_VIOLATION' });
  });
});

describe('what is lawful passes', () => {
  it('a route that says why it names other tenants', async () => {
    await ask('/named/1', A);
    expect((await ask('/named/1', B)).json().title).toBe('SECRET of acme');
    expect((await ask('/sent-named/1', B)).json().title).toBe('SECRET of acme');
  });

  it('text and JSON text, whatever they hold', async () => {
    expect((await ask('/text', A)).json().text).toContain(B.id);
  });
});
