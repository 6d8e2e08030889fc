import { readFileSync } from 'node:fs';

/** The release of this code: contracts of migrations wait for the last node of an older one. */
export const RELEASE: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version;
