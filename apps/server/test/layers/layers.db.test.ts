import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { makeRows } from '../ask.fixture.js';
import type { TestServer } from '../server-app.fixture.js';
import { LAYER_ATTACKS, outcomeOf, SECRET } from './attacks.fixture.js';
import { startWithout } from './layered-server.fixture.js';
import type { Layer } from './removed-layer.fixture.js';

const { removed, without } = vi.hoisted(() => {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the library's function takes and gives.
  type Anything = (...all: any[]) => any;
  const removed = { layer: 0 };
  /** Replaces a function of the library where a layer is removed, in servers that are started then. */
  const without =
    (layer: number, name: string, instead: Anything) =>
    async (original: () => Promise<Record<string, Anything>>) => {
      const real = (await original())[name];
      if (!real) throw new Error(`There is no ${name} to remove.`);
      const either: Anything = (...all) => (removed.layer === layer ? instead : real)(...all);
      return { [name]: either };
    };
  return { removed, without };
});

// Layer 2, its part in Prisma: nothing keeps calls of two tenants apart, compares or filters.
vi.mock(
  '../../../../packages/ringfence/src/prisma/dispatch-guard.js',
  without(2, 'dispatchPerFrame', (handler) => handler.request.bind(handler)),
);
vi.mock(
  '../../../../packages/ringfence/src/prisma/deferred-call.js',
  without(2, 'deferCall', () => (fn: () => unknown) => fn()),
);
vi.mock(
  '../../../../packages/ringfence/src/prisma/tenant-arguments.js',
  without(2, 'checkTenantArguments', () => undefined),
);
vi.mock(
  '../../../../packages/ringfence/src/prisma/explicit-filter.js',
  without(2, 'addTenantFilter', () => undefined),
);
// Layer 5: nothing looks into answers.
vi.mock(
  '../../../../packages/ringfence/src/nest/find-foreign-row.js',
  without(5, 'findForeignRow', () => undefined),
);

const LAYERS = [0, 1, 2, 3, 4, 5] as const;
const SUCCEEDS = '**succeeds**';
const outcomes = new Map<Layer, readonly string[]>();
let server: TestServer | undefined;

beforeEach(async () => {
  await server?.stop();
  server = undefined;
});
afterAll(async () => {
  removed.layer = 0;
  await server?.stop();
});

it.each(LAYERS)(
  'all attacks on a server without layer %i',
  async (layer) => {
    removed.layer = layer;
    server = await startWithout(layer);
    const ground = {
      server,
      a: server.a.owner,
      b: server.b.owner,
      rowsOfA: await makeRows(server, server.a, 'of A'),
      rowsOfB: await makeRows(server, server.b, SECRET),
    };
    const found: string[] = [];
    for (const attack of LAYER_ATTACKS) found.push(await outcomeOf(attack, ground));
    outcomes.set(layer, found);
    // Each layer is worth something: without it some attack ends elsewhere than before.
    if (layer === 0) expect(found).not.toContain(SUCCEEDS);
    else expect(found).not.toEqual(outcomes.get(0));
  },
  300_000,
);

const PAGE = '../../../../docs/threat-model.md';
const PLACE = /(?<=<!-- layers: [^>]*-->\n)[\s\S]*?(?=<!-- end of layers -->)/;

/** The page's table is written here: `npm test -- apps/server/test/layers -u`. */
it('the threat model says what came out', async () => {
  const page = readFileSync(path.resolve(import.meta.dirname, PAGE), 'utf8');
  expect(page).toMatch(PLACE);
  const rows = LAYER_ATTACKS.map(({ name }, at) => {
    const cells = LAYERS.map((layer) => outcomes.get(layer)?.[at]);
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  const table = [
    '| A tries | with all | without 1 | without 2 | without 3 | without 4 | without 5 |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ];
  await expect(page.replace(PLACE, `\n${table.join('\n')}\n\n`)).toMatchFileSnapshot(PAGE);
});
