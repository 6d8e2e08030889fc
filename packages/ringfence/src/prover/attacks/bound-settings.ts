import type { Party, Scene } from '../scene/scene.js';

/** The settings that hold the tenant once it is bound: what a forger has to set. */
export async function boundSettings(scene: Scene, party: Party): Promise<string[]> {
  const names = [...new Set([scene.binder.setting, ...scene.catalog.settings])];
  const list = names.map((_, at) => `current_setting($${at + 1}, true)`).join(', ');
  const outcome = await scene.attempt(party, { text: `SELECT ${list}`, values: names });
  const row = outcome.ok ? outcome.answers[0]?.rows[0] : undefined;
  const bound = names.filter((_, at) => row?.[at] === party.tenant);
  return bound.length > 0 ? bound : [scene.binder.setting];
}
