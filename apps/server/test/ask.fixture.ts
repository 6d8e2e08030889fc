import type { TestPerson, TestServer } from './server-app.fixture.js';

/** What may go along with a question. */
export interface Extras {
  readonly headers?: Record<string, string>;
  /** Sent as JSON; `raw` is sent as it is. */
  readonly body?: unknown;
  readonly raw?: string;
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
