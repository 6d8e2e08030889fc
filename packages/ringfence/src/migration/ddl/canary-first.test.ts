import { expect, it } from 'vitest';
import { canaryFirst } from './canary-first.js';

const server = (name: string, canary?: boolean) => ({
  name,
  url: '',
  ...(canary === undefined ? {} : { canary }),
});
const run = async (servers: ReturnType<typeof server>[], failing: string[]) => {
  const begun: string[] = [];
  const outcomes = await canaryFirst(servers, async ({ name }) => {
    begun.push(name);
    if (failing.includes(name)) throw new Error(name);
  });
  return { begun, states: outcomes.map(({ server: name, state }) => `${name} ${state}`) };
};

it('begins with the canaries, wherever they stand', async () => {
  const { begun } = await run([server('a'), server('b', true), server('c'), server('d', true)], []);
  expect(begun).toEqual(['b', 'd', 'a', 'c']);
});

it('takes the first for the canary where none is named', async () => {
  const { begun, states } = await run([server('a'), server('b')], ['a']);
  expect(begun).toEqual(['a']);
  expect(states).toEqual(['a failed', 'b not begun']);
});

it('touches nothing more after one canary of two has failed', async () => {
  const { begun, states } = await run([server('a'), server('b', true), server('c', true)], ['b']);
  expect(begun).toEqual(['b']);
  expect(states).toEqual(['b failed', 'c not begun', 'a not begun']);
});

it('goes on with the others when one that is no canary fails', async () => {
  const { states } = await run([server('a'), server('b'), server('c')], ['b']);
  expect(states).toEqual(['a done', 'b failed', 'c done']);
});
