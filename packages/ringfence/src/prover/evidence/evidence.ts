import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { RingfenceError } from '../../errors/index.js';
import { canonical, publicHalf } from '../../signing/index.js';

/** A signed statement that a proof was run and what it found. */
export interface Evidence {
  readonly format: 'ringfence-evidence/1';
  readonly signedAt: string;
  readonly versions: { readonly node: string; readonly ringfence: string };
  /** SHA-256 of what went in, by name: the schema, an OpenAPI document. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly results: unknown;
  /** ed25519, SPKI DER, base64. */
  readonly publicKey: string;
  /** Over the canonical JSON of everything else, base64. */
  readonly signature: string;
}

/** What is to be signed. */
export interface EvidenceContent {
  readonly inputs: Readonly<Record<string, string>>;
  readonly results: unknown;
  readonly version: string;
}

/**
 * Signs results, so that nobody can change them unnoticed afterwards.
 *
 * @example
 * const evidence = signEvidence({ inputs, results: proof, version }, signingKey('prover.pem'));
 */
export function signEvidence(content: EvidenceContent, key: KeyObject): Evidence {
  const unsigned = {
    format: 'ringfence-evidence/1' as const,
    signedAt: new Date().toISOString(),
    versions: { node: process.versions.node, ringfence: content.version },
    inputs: content.inputs,
    results: content.results,
    publicKey: publicHalf(key),
  };
  return { ...unsigned, signature: sign(null, bytesOf(unsigned), key).toString('base64') };
}

/**
 * Checks an evidence file, and by whom it was signed when that is known.
 *
 * @param expectedKey the public key that must have signed, as in {@link Evidence.publicKey}: without it
 *   the file proves only that it was not altered since somebody signed it
 * @throws RingfenceError `EVIDENCE_INVALID`
 */
export function verifyEvidence(text: string, expectedKey?: string): Evidence {
  const evidence = parsed(text);
  const { signature, ...unsigned } = evidence;
  if (expectedKey !== undefined && expectedKey !== evidence.publicKey) {
    throw invalid('It was signed with another key.');
  }
  const der = Buffer.from(evidence.publicKey, 'base64');
  let good = false;
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    good =
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, bytesOf(unsigned), key, Buffer.from(signature, 'base64'));
  } catch (cause) {
    throw invalid('Its key or signature cannot be read.', cause);
  }
  if (!good) throw invalid('It was altered after it was signed.');
  return evidence;
}

function parsed(text: string): Evidence {
  try {
    const value = JSON.parse(text) as Partial<Evidence>;
    const whole =
      value.format === 'ringfence-evidence/1' &&
      typeof value.publicKey === 'string' &&
      typeof value.signature === 'string';
    if (whole) return value as Evidence;
  } catch (cause) {
    throw invalid('It is not JSON.', cause);
  }
  throw invalid('It is not an evidence file.');
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(canonical(value));
}

function invalid(detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError('EVIDENCE_INVALID', { detail, cause });
}
