import type { Proof } from './proof.js';
import { summarise } from './proof.js';
import type { ProveOptions } from './prove-options.js';
import { runAttacks } from './run-attacks.js';
import { CopyScene } from './scene/copy-scene.js';
import { InPlaceScene } from './scene/in-place-scene.js';
import {
  prepareStage,
  refuseBlindAdministrator,
  roleOf,
  type Stage,
} from './scene/prepare-stage.js';
import { Session } from './scene/session.js';
import { createWorkCopy } from './scene/work-copy.js';

/**
 * Attacks a database as its own application role, with two tenants, on everything that the role can
 * reach, and says for each object and operation: proven, leaked (by which statement) or not provable
 * (why). Works in a copy that is dropped afterwards.
 *
 * @throws RingfenceError `PROOF_IMPOSSIBLE` when nothing can be said or left clean;
 *   `CONFIGURATION_INVALID` when there is no tenant table; `DATABASE_UNAVAILABLE`.
 * @example
 * const { summary } = await prove({ adminUrl, appUrl });
 * if (summary.leaked > 0) process.exitCode = 1;
 */
export async function prove(options: ProveOptions): Promise<Proof> {
  const startedAt = new Date();
  if (options.inPlace) return proveInPlace(options, startedAt);
  const copy = await createWorkCopy(options.adminUrl);
  try {
    const urls = { adminUrl: copy.url(options.adminUrl), appUrl: copy.url(options.appUrl) };
    const stage = await seededStage(urls.adminUrl, await roleOf(urls.appUrl), options);
    const scene = new CopyScene({ ...stage, ...urls });
    try {
      return summarise(stage, await runAttacks(scene, options), startedAt, options);
    } finally {
      await scene.end();
    }
  } finally {
    await copy.drop();
  }
}

/** One transaction in the database itself. Sequences are not drawn from, and nothing is committed. */
async function proveInPlace(options: ProveOptions, startedAt: Date): Promise<Proof> {
  const admin = new Session(options.adminUrl);
  try {
    await refuseBlindAdministrator(admin);
    await admin.run({ text: 'BEGIN' });
    const stage = await prepareStage(admin, await roleOf(options.appUrl), options);
    await admin.run({ text: 'SET CONSTRAINTS ALL IMMEDIATE' });
    const scene = new InPlaceScene(stage, admin);
    return summarise(stage, await runAttacks(scene, options), startedAt, options);
  } finally {
    await admin.run({ text: 'ROLLBACK' }).catch(() => undefined);
    await admin.end();
  }
}

/** Seeds and commits. */
export async function seededStage(
  adminUrl: string,
  appRole: string,
  options: ProveOptions,
): Promise<Stage> {
  const admin = new Session(adminUrl);
  try {
    await refuseBlindAdministrator(admin);
    await admin.run({ text: 'BEGIN' });
    const stage = await prepareStage(admin, appRole, options);
    await admin.run({ text: 'COMMIT' });
    await admin.run({ text: 'ANALYZE' });
    for (const { kind, sql } of stage.catalog.relations) {
      if (kind !== 'm') continue;
      await admin.run({ text: `REFRESH MATERIALIZED VIEW ${sql}` }).catch(() => undefined);
    }
    return stage;
  } finally {
    await admin.end();
  }
}
