import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractBlockers } from './contract.js';
import { type RolloutFixture, rolloutFixture } from './rollout.fixture.js';

let fixture: RolloutFixture;
const name = '20261201090000_slugs';
beforeAll(async () => {
  fixture = await rolloutFixture({
    'meta.json': JSON.stringify({
      rings: [{ name: 'all', select: { share: 1 } }],
      contract: { soak: '1h', needs: '2.4.0' },
    }),
  });
  await fixture.tenants(2, 2);
  await fixture.runner().expand();
});
afterAll(() => fixture.drop());

const report = (node: string, version: string, age = '0'): Promise<unknown> =>
  fixture.admin.query(
    `INSERT INTO ringfence.migration_nodes (node, version, seen_at) VALUES ($1, $2, now() - $3::interval)
     ON CONFLICT (node) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at`,
    [node, version, age],
  );

describe('the contract', () => {
  it('names everything that it still waits for', async () => {
    const blockers = await contractBlockers(fixture.admin, name);
    expect(blockers).toEqual([
      'It is expanded; it must be soaking.',
      expect.stringMatching(/^2 tenants are not switched: t-\w+, t-\w+\.$/),
    ]);
  });

  it('waits for the soak, and for nodes of older versions until they are gone', async () => {
    await fixture.runner().roll(new AbortController().signal);
    await report('old', '2.3.9');
    await report('candidate', '2.4.0-rc.1');
    await report('nameless', 'main');
    await report('ten', '2.10.0');
    await report('exact', 'v2.4.0');
    await report('gone', '1.0.0', '10 minutes');
    expect(await contractBlockers(fixture.admin, name)).toEqual([
      expect.stringMatching(/^It soaks until /),
      'Node candidate is of version 2.4.0-rc.1; 2.4.0 is needed.',
      'Node nameless is of version main; 2.4.0 is needed.',
      'Node old is of version 2.3.9; 2.4.0 is needed.',
    ]);
    const refused = fixture.runner().contract();
    await expect(refused).rejects.toMatchObject({ code: 'CONTRACT_REFUSED' });
    expect(await fixture.ledger.find(name)).toMatchObject({ state: 'soaking' });

    await fixture.admin.query(
      "UPDATE ringfence.migrations SET soak_until = now() - interval '1 second'; DELETE FROM ringfence.migration_nodes WHERE version <> '2.10.0'",
    );
    expect(await contractBlockers(fixture.admin, name)).toEqual([]);
  });

  it('that fails leaves the old shape and goes back to soaking', async () => {
    await fixture.admin.query('ALTER TABLE folders DISABLE TRIGGER folders_slug');
    await fixture.admin.query('UPDATE folders SET slug = NULL');
    await expect(fixture.runner().contract()).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
    expect(await fixture.ledger.find(name)).toMatchObject({ state: 'soaking' });
    const { rowCount } = await fixture.admin.query(
      "SELECT FROM pg_trigger WHERE tgname = 'folders_slug'",
    );
    expect(rowCount).toBe(1);
    await fixture.admin.query('UPDATE folders SET slug = lower(name)');
    const [one, other] = [fixture.runner(), fixture.runner()];
    await Promise.all([one.contract(), other.contract()]);
    expect(await fixture.ledger.find(name)).toMatchObject({ state: 'contracted' });
  });
});
