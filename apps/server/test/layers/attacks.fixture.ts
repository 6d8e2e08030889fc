import { createSign, generateKeyPairSync } from 'node:crypto';
import { TENANT_SETTING } from 'ringfence/sql';
import { type Answer, ask, type TestRows } from '../ask.fixture.js';
import type { TestPerson, TestServer } from '../server-app.fixture.js';
import { PlantedRoutes, Rendezvous } from './planted-routes.fixture.js';

/** Stands in a row of B and nowhere else. */
export const SECRET = 'the secret of B';

/** Two tenants with rows; A attacks. */
export interface Ground {
  readonly server: TestServer;
  readonly a: TestPerson;
  readonly b: TestPerson;
  readonly rowsOfA: TestRows;
  readonly rowsOfB: TestRows;
}

/** One attack of A on B. Succeeds when {@link SECRET} or `marker` comes to where it must not be. */
export interface LayerAttack {
  readonly name: string;
  /** What A got; `reached` where that is not in the answer. */
  run(ground: Ground): Promise<{ answer: Answer; reached?: boolean }>;
}

const PLANTED = 'planted by A';

export const LAYER_ATTACKS: readonly LayerAttack[] = [
  {
    name: 'a token of B that A signed itself',
    run: async ({ server, a, b, rowsOfB }) => ({
      answer: await ask(server, { ...a, token: forged(b) }, `GET /projects/${rowsOfB.project}`),
    }),
  },
  {
    name: 'B in the tenant header',
    run: async ({ server, a, b, rowsOfB }) => ({
      answer: await ask(server, a, `GET /projects/${rowsOfB.project}`, {
        headers: { 'x-tenant': b.tenant.slug },
      }),
    }),
  },
  {
    name: 'the id of a row of B in the address',
    run: async ({ server, a, rowsOfB }) => ({
      answer: await ask(server, a, `GET /projects/${rowsOfB.project}`),
    }),
  },
  {
    name: 'B in the body of a new row',
    run: async ({ server, a, b, rowsOfB }) => {
      const answer = await ask(server, a, 'POST /projects', {
        body: { organizationId: rowsOfB.organization, name: PLANTED, tenantId: b.tenant.id },
      });
      return { answer, reached: await sees(server, b, PLANTED) };
    },
  },
  {
    name: 'a reference to a row of B',
    run: async ({ server, a, rowsOfB }) => {
      const answer = await ask(server, a, 'POST /projects', {
        body: { organizationId: rowsOfB.organization, name: 'hangs on B' },
      });
      return { answer, reached: answer.status === 201 };
    },
  },
  {
    name: 'SQL that forgets its `where`',
    run: async ({ server, a }) => ({
      answer: await ask(server, a, 'GET /planted/forgotten-where'),
    }),
  },
  {
    name: 'SQL with nobody logged in',
    run: async ({ server }) => ({ answer: await ask(server, undefined, 'GET /planted/nobody') }),
  },
  {
    name: 'injected SQL that says it is B',
    run: async ({ server, a, b }) => {
      const claim = `SELECT set_config('${TENANT_SETTING}', '${b.tenant.id}', true)`;
      return {
        answer: await ask(server, a, 'POST /planted/injected', {
          body: { statements: [claim, 'SELECT name FROM projects'] },
        }),
      };
    },
  },
  {
    name: 'an entity of B out of a shared cache',
    run: async ({ server, a, b, rowsOfB }) => {
      const path = `GET /planted/cached/${rowsOfB.project}`;
      await owned(server, b, path);
      return { answer: await ask(server, a, path) };
    },
  },
  {
    name: 'asking in the tick in which B asks',
    run: async ({ server, a, b, rowsOfB }) => {
      const routes = server.app.get(PlantedRoutes);
      routes.rendezvous = new Rendezvous();
      const path = `GET /planted/together/${rowsOfB.project}`;
      const own = owned(server, b, path);
      while (routes.rendezvous.arrived === 0) await new Promise(setImmediate);
      const answer = await ask(server, a, path);
      await own;
      return { answer };
    },
  },
  {
    name: 'awaiting what B has prepared',
    run: async ({ server, a, b, rowsOfA }) => {
      const name = `${SECRET}, prepared`;
      await ask(server, b, 'POST /planted/prepared', {
        body: { organizationId: rowsOfA.organization, name },
      });
      const answer = await ask(server, a, 'GET /planted/prepared');
      return { answer, reached: await sees(server, a, name) };
    },
  },
];

/** How an attack came out, as the table says it. */
export async function outcomeOf(attack: LayerAttack, ground: Ground): Promise<string> {
  const { answer, reached } = await attack.run(ground);
  if (reached || answer.text.includes(SECRET)) return '**succeeds**';
  return answer.status < 400 ? 'nothing of B' : `${answer.status} ${answer.body?.code}`;
}

/** Asks as the owner of the row, who must see it: or else nothing would be there to be got. */
async function owned(server: TestServer, person: TestPerson, path: string): Promise<void> {
  const { text } = await ask(server, person, path);
  if (!text.includes(SECRET)) throw new Error(`B does not see its own row: ${text}`);
}

async function sees(server: TestServer, person: TestPerson, name: string): Promise<boolean> {
  return (await ask(server, person, 'GET /projects?limit=100')).text.includes(name);
}

/** Every claim is true but who signed it. */
function forged({ token }: TestPerson): string {
  const [head = '', body = ''] = token.split('.');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = createSign('sha256').update(`${head}.${body}`);
  const mac = signer.sign({ key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return `${head}.${body}.${mac}`;
}
