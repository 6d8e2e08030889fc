/**
 * What the server's processes see of our environment: next to nothing, since it may hold database
 * URLs, and PG… variables would change what the programs do.
 */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};
