import { generateSecret, generateURI, verifySync } from 'otplib';

const PERIOD_SECONDS = 30;

/** Whose code it is, as an authenticator app shows it. */
export interface TotpLabel {
  /** The service, and the tenant in it. */
  readonly issuer: string;
  readonly account: string;
}

/** A new secret of 160 bits, in base32. */
export function newTotpSecret(): string {
  return generateSecret({ length: 20 });
}

/** The address that a QR code holds. */
export function totpUri(secret: string, { issuer, account }: TotpLabel): string {
  return generateURI({ secret, issuer, label: account });
}

/**
 * The time step that a code belongs to, if it is one of now, of the step before or of the one after:
 * clocks and people are not exact.
 *
 * @param now in milliseconds.
 * @see RFC 6238, 5.2 "Validation and Time-Step Size"
 */
export function totpStep(secret: string, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const result = verifySync({
    secret,
    token: code,
    epoch: Math.floor(now / 1000),
    epochTolerance: PERIOD_SECONDS,
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
