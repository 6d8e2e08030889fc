import { setTimeout as sleep } from 'node:timers/promises';
import { cases, ID, type PrismaClient } from './conformance-case.js';

const LEVELS = ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'] as const;
const shown = (p: Pick<PrismaClient, '$queryRaw'>): Promise<unknown> =>
  p.$queryRaw`SELECT current_setting('transaction_isolation') AS level`;

/** Batch and interactive transactions, isolation levels, time limits and conflicts. */
export const TRANSACTION_CASES = cases('transaction', {
  'a batch': (p) =>
    p.$transaction([
      p.tag.create({ data: { name: 'x' } }),
      p.tag.update({ where: { id: ID.red }, data: { name: 'scarlet' } }),
      p.tag.count(),
      p.$queryRaw`SELECT count(*)::int AS n FROM tags`,
      p.$executeRaw`DELETE FROM tags WHERE name = 'blue'`,
    ]),
  'a batch that fails in the middle': (p) =>
    p.$transaction([
      p.tag.create({ data: { name: 'x' } }),
      p.tag.create({ data: { name: 'red' } }),
      p.tag.create({ data: { name: 'y' } }),
    ]),
  'a batch that fails in its first call': (p) =>
    p.$transaction([
      p.tag.create({ data: { name: 'red' } }),
      p.tag.create({ data: { name: 'y' } }),
    ]),
  'a batch with findUnique': (p) =>
    p.$transaction([
      p.tag.findUnique({ where: { id: ID.red } }),
      p.tag.findUnique({ where: { id: ID.blue } }),
      p.tag.findUniqueOrThrow({ where: { id: ID.green } }),
    ]),
  'a batch with nested writes': (p) =>
    p.$transaction([
      p.author.update({ where: { id: ID.ada }, data: { books: { create: { title: 'New' } } } }),
      p.book.updateMany({ data: { pages: 1 } }),
    ]),
  'an empty batch': (p) => p.$transaction([]),
  'a batch of a level': async (p) => {
    const levels: unknown[] = [];
    for (const isolationLevel of LEVELS) {
      levels.push(await p.$transaction([p.tag.count(), shown(p) as never], { isolationLevel }));
    }
    return levels;
  },
  interactive: (p) =>
    p.$transaction(async (tx) => {
      const made = await tx.tag.create({ data: { name: 'x' } });
      await tx.book.update({ where: { id: ID.sea }, data: { tags: { connect: { id: made.id } } } });
      return tx.book.findUnique({
        where: { id: ID.sea },
        include: { tags: { orderBy: { name: 'asc' } } },
      });
    }),
  'interactive of a level': async (p) => {
    const levels: unknown[] = [];
    for (const isolationLevel of LEVELS) {
      levels.push(await p.$transaction((tx) => shown(tx as PrismaClient), { isolationLevel }));
    }
    return levels;
  },
  'interactive and thrown out of': (p) =>
    p.$transaction(async (tx) => {
      await tx.tag.create({ data: { name: 'x' } });
      throw new RangeError('mine');
    }),
  'interactive with calls at once': (p) =>
    p.$transaction((tx) =>
      Promise.all([
        tx.tag.create({ data: { name: 'x' } }),
        tx.tag.findUnique({ where: { id: ID.red } }),
        tx.author.findUnique({ where: { id: ID.ada } }),
      ]),
    ),
  'interactive, empty': (p) => p.$transaction(async () => 'nothing'),
  'interactive, failed and rethrown': (p) =>
    p.$transaction(async (tx) => {
      await tx.tag.create({ data: { name: 'x' } });
      await tx.tag.create({ data: { name: 'red' } });
    }),
  'interactive, out of time': (p) =>
    p.$transaction(
      async (tx) => {
        await tx.tag.create({ data: { name: 'x' } });
        await sleep(150);
        await tx.tag.create({ data: { name: 'y' } });
      },
      { timeout: 30 },
    ),
  'interactive, used after its end': async (p) => {
    let kept: Pick<PrismaClient, 'tag'> | undefined;
    await p.$transaction(async (tx) => {
      kept = tx as PrismaClient;
      await tx.tag.count();
    });
    return kept?.tag.count();
  },
  'two that write one row, repeatable read': (p) => collide(p, 'RepeatableRead'),
  'two that write one row, serializable': (p) => collide(p, 'Serializable'),
  'one inside another': (p) =>
    p.$transaction(async (tx) => {
      await tx.tag.count();
      return p.$transaction(async (inner) => inner.tag.create({ data: { name: 'inner' } }));
    }),
  'one inside another that is undone alone': (p) =>
    p.$transaction(async (tx) => {
      await tx.tag.create({ data: { name: 'outer' } });
      await p
        .$transaction(async (inner) => {
          await inner.tag.create({ data: { name: 'inner' } });
          throw new RangeError('mine');
        })
        .catch(() => undefined);
      // Plain Prisma's second transaction does not see what the first one wrote.
      return p.tag.findMany({ orderBy: { name: 'asc' } });
    }),
  'a call of the outer client inside': (p) =>
    p.$transaction(async (tx) => {
      await p.tag.create({ data: { name: 'outer client' } });
      await tx.tag.count();
      throw new RangeError('mine');
    }),
  'a failure that is swallowed': (p) =>
    p.$transaction(async (tx) => {
      await tx.tag.create({ data: { name: 'x' } });
      await tx.tag.create({ data: { name: 'red' } }).catch(() => undefined);
      return 'done';
    }),
  'calls of one tick of which one fails': (p) =>
    p.$transaction((tx) =>
      Promise.allSettled([
        tx.tag.create({ data: { name: 'red' } }),
        tx.tag.create({ data: { name: 'x' } }),
      ]).then((outcomes) => outcomes.map(({ status }) => status)),
    ),
  'an unknown level': (p) =>
    p.$transaction([p.tag.count()], { isolationLevel: 'Chaos' as 'Serializable' }),
  'something that is no call of Prisma': (p) => p.$transaction([Promise.resolve(1) as never]),
  'through $extends': async (p) => {
    const extended = p.$extends({
      query: {
        tag: { create: ({ args, query }) => query({ ...args, data: { name: 'extended' } }) },
      },
      result: { tag: { loud: { needs: { name: true }, compute: ({ name }) => `${name}!` } } },
    });
    return extended.$transaction(async (tx) => {
      await tx.tag.create({ data: { name: 'x' } });
      return tx.tag.findMany({ orderBy: { name: 'asc' }, select: { name: true, loud: true } });
    });
  },
});

/** The second one has read before the first one writes. */
async function collide(
  p: PrismaClient,
  isolationLevel: 'RepeatableRead' | 'Serializable',
): Promise<unknown> {
  const { promise: read, resolve: hasRead } = signal();
  const { promise: written, resolve: hasWritten } = signal();
  const second = p.$transaction(
    async (tx) => {
      await tx.tag.findUnique({ where: { id: ID.red } });
      hasRead();
      await written;
      return tx.tag.update({ where: { id: ID.red }, data: { name: 'second' } });
    },
    { isolationLevel },
  );
  const outcome = Promise.allSettled([second]);
  await read;
  await p.tag.update({ where: { id: ID.red }, data: { name: 'first' } });
  hasWritten();
  await outcome;
  return second;
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
