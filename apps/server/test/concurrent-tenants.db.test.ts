import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, makeRows, type TestRows } from './ask.fixture.js';
import { startTestServer, type TestPeople, type TestServer } from './server-app.fixture.js';

interface Side {
  readonly people: TestPeople;
  readonly mark: string;
  readonly rows: TestRows[];
}

let server: TestServer;
let sides: readonly [Side, Side];
beforeAll(async () => {
  server = await startTestServer({ DATABASE_POOL_MAX: '3' });
  const side = async (people: TestPeople, mark: string): Promise<Side> => {
    const rows: TestRows[] = [];
    for (let number = 0; number < 3; number += 1) rows.push(await makeRows(server, people, mark));
    return { people, mark, rows };
  };
  sides = [await side(server.a, 'mark of A'), await side(server.b, 'mark of B')];
});
afterAll(() => server?.stop());

/** What one tenant does in the `number`th request, and whether it is to succeed. */
function request(number: number, own: Side, other: Side): [Promise<Answer>, status: number] {
  const { owner } = own.people;
  const mine = own.rows[number % 3] as TestRows;
  const theirs = other.rows[number % 3] as TestRows;
  switch (number % 8) {
    case 0:
      return [ask(server, owner, `GET /documents/${mine.document}`), 200];
    case 1:
      return [ask(server, owner, `GET /documents/${theirs.document}`), 404];
    case 2:
      return [ask(server, owner, 'GET /documents?limit=100'), 200];
    case 3:
      return [
        ask(server, owner, 'POST /documents', {
          body: { projectId: mine.project, title: own.mark, body: `${number}` },
        }),
        201,
      ];
    case 4:
      return [
        ask(server, owner, 'POST /documents', {
          body: { projectId: theirs.project, title: own.mark, body: 'stray' },
        }),
        404,
      ];
    case 5:
      return [
        ask(server, owner, `PATCH /projects/${mine.project}`, { body: { name: own.mark } }),
        200,
      ];
    case 6:
      return [
        ask(server, owner, `PATCH /projects/${theirs.project}`, { body: { name: own.mark } }),
        404,
      ];
    default:
      return [ask(server, owner, `GET /users/${mine.user}`), 200];
  }
}

describe('two hundred requests of two tenants at once, on three connections', () => {
  it('each get what is theirs and nothing else', async () => {
    const asked = Array.from({ length: 200 }, (_, number) => {
      const [own, other] = number % 2 === 0 ? sides : [sides[1], sides[0]];
      return { own, other, asked: request(Math.floor(number / 2), own, other) };
    });
    for (const {
      own,
      other,
      asked: [answer, status],
    } of asked) {
      const { status: answered, text } = await answer;
      expect(answered, text).toBe(status);
      expect(text).not.toContain(other.mark);
      if (answered === 200) expect(text).toContain(own.mark);
    }
    for (const [own, other] of [sides, [sides[1], sides[0]] as const]) {
      const { body, text } = await ask(server, own.people.viewer, 'GET /documents?limit=100');
      // Three to begin with, and twelve or thirteen of the fifth kind of request.
      expect(body.items.length).toBeGreaterThanOrEqual(15);
      expect(text).not.toContain(other.mark);
      expect(text).not.toContain('stray');
    }
  });

  it('of the same tick are found one by one when each asks for its own row', async () => {
    const [a, b] = sides;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, number) => {
        const asker = number % 2 === 0 ? a : b;
        const holder = number % 4 < 2 ? a : b;
        const { document } = holder.rows[number % 3] as TestRows;
        return ask(server, asker.people.viewer, `GET /documents/${document}`).then((answer) => ({
          own: asker === holder,
          answer,
        }));
      }),
    );
    for (const { own, answer } of answers) expect(answer.status).toBe(own ? 200 : 404);
  });
});
