import { expect } from 'vitest';
import type { TestPeople, TestPerson, TestServer } from './server-app.fixture.js';

/** What may go along with a question. */
export interface Extras {
  readonly headers?: Record<string, string>;
  /** Sent as JSON; `raw` is sent as it is. */
  readonly body?: unknown;
  readonly raw?: string | Buffer;
}

/** An answer, with its body read as JSON when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what the server says it is.
  readonly body: any;
  readonly text: string;
}

/**
 * Asks a test server: `ask(server, person, 'POST /projects', { body })`. Without a person there is no
 * token.
 */
export async function ask(
  { app }: TestServer,
  person: TestPerson | undefined,
  request: string,
  { headers = {}, body, raw }: Extras = {},
): Promise<Answer> {
  const [method = 'GET', url = '/'] = request.split(' ', 2);
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await app.inject({
    method: method as 'GET',
    url,
    headers: {
      ...(person ? { authorization: `Bearer ${person.token}` } : {}),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const type = String(response.headers['content-type']);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: type.includes('json') ? response.json() : undefined,
    text: response.body,
  };
}

/** Expects a problem document and nothing that tells about the inside. */
export function expectProblem(answer: Answer, status: number, code: string, pointer?: string) {
  expect(answer.body).toMatchObject({ status, code });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.text).not.toMatch(/prisma|postgres|SQLSTATE|node_modules|\.[jt]s:\d+/i);
  if (pointer !== undefined) {
    expect(answer.body.errors).toContainEqual({ pointer, message: expect.any(String) });
  }
}

/** One row of each resource of a tenant, made by its owner over HTTP. */
export interface TestRows {
  readonly organization: string;
  readonly project: string;
  readonly document: string;
  readonly user: string;
}

/** Makes {@link TestRows}. `mark` stands in every field that takes text. */
export async function makeRows(
  server: TestServer,
  { owner }: TestPeople,
  mark: string,
): Promise<TestRows> {
  const make = async (collection: string, body: object): Promise<string> => {
    const answer = await ask(server, owner, `POST /${collection}`, { body });
    expect(answer.status, answer.text).toBe(201);
    return answer.body.id;
  };
  const organization = await make('organizations', { name: mark });
  const project = await make('projects', { organizationId: organization, name: mark });
  const document = await make('documents', { projectId: project, title: mark, body: mark });
  const email = `${Math.random().toString(36).slice(2)}@example.test`;
  const user = await make('users', { email, name: mark, role: 'viewer' });
  return { organization, project, document, user };
}

/** Everything that a tenant's owner sees, list by list: to tell that nothing has changed. */
export async function everythingOf(server: TestServer, { owner }: TestPeople): Promise<unknown> {
  const seen: Record<string, unknown> = {};
  for (const collection of ['organizations', 'projects', 'documents', 'users']) {
    const { body } = await ask(server, owner, `GET /${collection}?limit=100`);
    seen[collection] = body.items;
  }
  return seen;
}
