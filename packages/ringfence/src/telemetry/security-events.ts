import type { ErrorCode } from '../errors/index.js';

/** Codes that somebody should look into: each is an attack, or a defect in the isolation. */
export const SECURITY_EVENTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TENANT_SOURCES_DISAGREE',
  'TOKEN_INVALID',
  'ACCESS_WITHDRAWN',
  'EGRESS_VIOLATION',
  'ISOLATION_VIOLATION',
  'TENANT_CONTEXT_MISMATCH',
  'TENANT_CONTEXT_NESTED',
  'TENANT_SWITCH_IN_TRANSACTION',
]);
