import type { Proof } from './proof.js';
import { summarise } from './proof.js';
import type { ProveOptions } from './prove-options.js';
import { runAttacks } from './run-attacks.js';
import { AloneScene } from './scene/alone-scene.js';
import { CopyScene } from './scene/copy-scene.js';
import { InPlaceScene } from './scene/in-place-scene.js';
import {
  needSuperuser,
  powerOf,
  prepareStage,
  roleOf,
  type Stage,
  stageAlone,
} from './scene/prepare-stage.js';
import { Session } from './scene/session.js';
import { openTruthDoor, type TruthDoor } from './scene/truth-door.js';
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
  const { adminUrl } = options;
  if (adminUrl === undefined) return proveAlone(options, startedAt);
  if (options.inPlace) return proveInPlace({ ...options, adminUrl }, startedAt);
  const copy = await createWorkCopy(adminUrl);
  try {
    const urls = { adminUrl: copy.url(adminUrl), appUrl: copy.url(options.appUrl) };
    const { door, ...stage } = await seededStage(urls.adminUrl, await roleOf(urls.appUrl), options);
    const scene = new CopyScene({ ...stage, ...urls, ...(door ? { door } : {}) });
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
async function proveInPlace(
  options: ProveOptions & { adminUrl: string },
  startedAt: Date,
): Promise<Proof> {
  const admin = new Session(options.adminUrl);
  try {
    await needSuperuser(admin, 'Attacking in place');
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

/** The application's login and two tenants that are there already; every attempt is rolled back. */
async function proveAlone(options: ProveOptions, startedAt: Date): Promise<Proof> {
  const session = new Session(options.appUrl);
  try {
    const stage = await stageAlone(session, await roleOf(options.appUrl), options);
    const scene = new AloneScene(stage, options.appUrl);
    try {
      return summarise(stage, await runAttacks(scene, options), startedAt, options);
    } finally {
      await scene.end();
    }
  } finally {
    await session.end();
  }
}

/** Seeds and commits; an owner who is no superuser gets a door to look through. */
export async function seededStage(
  adminUrl: string,
  appRole: string,
  options: ProveOptions,
): Promise<Stage & { readonly door?: TruthDoor }> {
  const admin = new Session(adminUrl);
  try {
    const power = await powerOf(admin);
    await admin.run({ text: 'BEGIN' });
    const forced = power === 'owner' ? await liftForce(admin) : [];
    const stage = await prepareStage(admin, appRole, options);
    if (forced.length > 0) await admin.run({ text: 'SET CONSTRAINTS ALL IMMEDIATE' });
    for (const name of forced) {
      await admin.run({ text: `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY` });
    }
    await admin.run({ text: 'COMMIT' });
    await admin.run({ text: 'ANALYZE' });
    for (const { kind, sql } of stage.catalog.relations) {
      if (kind !== 'm') continue;
      await admin.run({ text: `REFRESH MATERIALIZED VIEW ${sql}` }).catch(() => undefined);
    }
    return power === 'owner' ? { ...stage, door: await openTruthDoor(admin) } : stage;
  } finally {
    await admin.end();
  }
}

/** In a copy, for as long as the owner seeds. */
async function liftForce(admin: Session): Promise<string[]> {
  const { rows } = await admin.run({
    text: "SELECT oid::regclass FROM pg_class WHERE relforcerowsecurity AND relkind IN ('r', 'p')",
  });
  const names = rows.map(([name]) => name ?? '');
  for (const name of names) {
    await admin.run({ text: `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY` });
  }
  return names;
}
