import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
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

describe('connections that are killed under running requests', () => {
  it('cost those requests a 503 at most, and the next ones nothing', async () => {
    const [a, b] = sides;
    const admin = new pg.Client({ connectionString: server.db.admin });
    await admin.connect();
    try {
      let running = true;
      const killing = (async () => {
        while (running) {
          await admin.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()`,
          );
          await setTimeout(5);
        }
      })();
      const statuses = new Set<number>();
      for (let round = 0; round < 5; round += 1) {
        const answers = await Promise.all(
          Array.from({ length: 24 }, async (_, number) => {
            const [own, other] = number % 2 === 0 ? [a, b] : [b, a];
            const { owner } = own.people;
            const answer = await (number % 3 === 0
              ? // Several statements in one transaction.
                ask(server, owner, `PATCH /users/${own.rows[0]?.user}`, {
                  body: { name: own.mark },
                })
              : request(number, own, other)[0]);
            expect(answer.text).not.toContain(other.mark);
            return answer.status;
          }),
        );
        for (const status of answers) statuses.add(status);
      }
      running = false;
      await killing;
      expect([200, 201, 404, 503]).toEqual(expect.arrayContaining([...statuses]));
    } finally {
      await admin.end();
    }
    // At most three connections of the pool are dead and not yet known to be.
    for (let number = 0; number < 3; number += 1) {
      await ask(server, a.people.viewer, 'GET /documents');
    }
    for (const own of sides) {
      const answer = await ask(
        server,
        own.people.viewer,
        `GET /documents/${own.rows[0]?.document}`,
      );
      expect(answer).toMatchObject({ status: 200, body: { title: own.mark } });
    }
  });
});

describe('the log of all this', () => {
  it('names tenants by id and routes by pattern, and holds nothing that was sent', () => {
    const log = server.logged();
    expect(log).toContain(server.a.owner.tenant.id);
    expect(log).toContain('/documents/:id');
    for (const { people, mark, rows } of sides) {
      expect(log).not.toContain(mark);
      for (const { token, email } of Object.values(people)) {
        expect(log).not.toContain(token);
        expect(log).not.toContain(email);
      }
      for (const { document } of rows) expect(log).not.toContain(document);
    }
  });
});
