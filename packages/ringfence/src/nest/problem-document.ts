import {
  CATALOGUE,
  type FieldError,
  type RingfenceError,
  type UsedQuota,
} from '../errors/index.js';

/** A problem document (RFC 9457): catalogue texts, the request id, and the sender's own fields. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  /** Which quota of the sender's own tenant is used up. */
  readonly quota?: UsedQuota;
}

/** The media type of problem documents. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Writes the problem document of an error. Its own detail and cause stay inside. */
export function problemDocument(error: RingfenceError, requestId: string): ProblemDocument {
  const { sentence, remedy, status } = CATALOGUE[error.code];
  return {
    type: `urn:ringfence:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: sentence,
    status,
    detail: remedy,
    code: error.code,
    requestId,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
    ...(error.quota ? { quota: error.quota } : {}),
  };
}
