import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isRingfenceError, RingfenceError } from '../errors/index.js';
import { fingerprint, verifyEvidence } from '../prover/index.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence verify-evidence FILE [--key FINGERPRINT]

Checks that an evidence file is what was signed, and prints who signed what and when.

  --key FINGERPRINT   the signer that it must be: SHA256:…, as this command prints it.
                      Without it, a good signature says only that nothing was altered
                      since somebody signed it.

Exit codes: 0 good, 1 altered or signed by somebody else, 2 could not run.`;

/** `ringfence verify-evidence`. */
export async function verifyEvidenceCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { key: { type: 'string' }, help: { type: 'boolean' } },
  });
  const [file] = positionals;
  if (values.help || file === undefined) {
    terminal.out(USAGE);
    return values.help ? 0 : 2;
  }
  try {
    const evidence = verifyEvidence(readFileSync(file, 'utf8'));
    const signer = fingerprint(evidence.publicKey);
    if (values.key !== undefined && values.key !== signer) {
      throw new RingfenceError('EVIDENCE_INVALID', { detail: `It was signed by ${signer}.` });
    }
    terminal.out(`good: signed ${evidence.signedAt} by ${signer}`);
    terminal.out(`ringfence ${evidence.versions.ringfence}, Node ${evidence.versions.node}`);
    for (const [name, hash] of Object.entries(evidence.inputs)) {
      terminal.out(`${name} ${hash}`);
    }
    const { summary } = evidence.results as { summary?: unknown };
    if (summary !== undefined) terminal.out(JSON.stringify(summary));
    return 0;
  } catch (error) {
    if (!isRingfenceError(error, 'EVIDENCE_INVALID')) throw error;
    terminal.out(`${error.code}: ${error.detail}`);
    return 1;
  }
}
