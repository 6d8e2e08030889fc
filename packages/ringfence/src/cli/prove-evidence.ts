import { readFileSync, writeFileSync } from 'node:fs';
import { signEvidence, signingKey } from '../prover/index.js';

const DEFAULT_KEY = 'ringfence-prover.pem';

/** Signs results and writes them down; makes the key when it is not there. */
export function writeEvidence(
  file: string,
  keyFile: string | undefined,
  inputs: Readonly<Record<string, string>>,
  results: unknown,
): void {
  const key = signingKey(keyFile ?? DEFAULT_KEY);
  const evidence = signEvidence({ inputs, results, version: version() }, key);
  writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`);
}

/** Of the package that this stands in, built or not. */
function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
