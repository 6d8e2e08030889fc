import { parseArgs } from 'node:util';

/** How much is done and what is broken: the same seed breaks the same things in the same order. */
export interface ChaosSettings {
  readonly seed: number;
  readonly kills: number;
  readonly tenants: number;
  readonly rows: number;
  readonly runners: number;
  readonly output: string | undefined;
}

/** Reads them from the command line. */
export function chaosSettings(args: string[]): ChaosSettings {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '7' },
      kills: { type: 'string', default: '8' },
      tenants: { type: 'string', default: '60' },
      rows: { type: 'string', default: '6000' },
      runners: { type: 'string', default: '2' },
      output: { type: 'string' },
    },
  });
  return {
    seed: Number(values.seed),
    kills: Number(values.kills),
    tenants: Number(values.tenants),
    rows: Number(values.rows),
    runners: Number(values.runners),
    output: values.output,
  };
}
