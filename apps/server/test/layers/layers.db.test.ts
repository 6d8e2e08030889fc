import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { makeRows } from '../ask.fixture.js';
import type { TestServer } from '../server-app.fixture.js';
import { LAYER_ATTACKS, outcomeOf, SECRET } from './attacks.fixture.js';
import { startWithout } from './layered-server.fixture.js';
import type { Layer } from './removed-layer.fixture.js';

const removed = vi.hoisted(() => ({ layer: 0 as number }));

// Layer 2, its part in Prisma: nothing keeps calls of two tenants apart, compares or filters.
vi.mock('../../../../packages/ringfence/src/prisma/dispatch-guard.js', async (original) => {
  const real =
    await original<typeof import('../../../../packages/ringfence/src/prisma/dispatch-guard.js')>();
  return {
    dispatchPerFrame: ((handler) =>
      removed.layer === 2
        ? handler.request.bind(handler)
        : real.dispatchPerFrame(handler)) as typeof real.dispatchPerFrame,
  };
});
vi.mock('../../../../packages/ringfence/src/prisma/deferred-call.js', async (original) => {
  const real =
    await original<typeof import('../../../../packages/ringfence/src/prisma/deferred-call.js')>();
  return {
    deferCall: ((pool) =>
      removed.layer === 2 ? (fn) => fn() : real.deferCall(pool)) as typeof real.deferCall,
  };
});
vi.mock('../../../../packages/ringfence/src/prisma/tenant-arguments.js', async (original) => {
  const real =
    await original<
      typeof import('../../../../packages/ringfence/src/prisma/tenant-arguments.js')
    >();
  return {
    checkTenantArguments: ((...all) =>
      removed.layer === 2
        ? undefined
        : real.checkTenantArguments(...all)) as typeof real.checkTenantArguments,
  };
});
vi.mock('../../../../packages/ringfence/src/prisma/explicit-filter.js', async (original) => {
  const real =
    await original<typeof import('../../../../packages/ringfence/src/prisma/explicit-filter.js')>();
  return {
    addTenantFilter: ((...all) =>
      removed.layer === 2
        ? undefined
        : real.addTenantFilter(...all)) as typeof real.addTenantFilter,
  };
});
// Layer 5: nothing looks into answers.
vi.mock('../../../../packages/ringfence/src/nest/find-foreign-row.js', async (original) => {
  const real =
    await original<typeof import('../../../../packages/ringfence/src/nest/find-foreign-row.js')>();
  return {
    findForeignRow: ((...all) =>
      removed.layer === 5 ? undefined : real.findForeignRow(...all)) as typeof real.findForeignRow,
  };
});

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

it.each(LAYERS)('all attacks on a server without layer %i', async (layer) => {
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
});

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
