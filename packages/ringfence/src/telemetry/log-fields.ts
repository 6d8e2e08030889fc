import { type ErrorDescription, shownDescription } from './describe-error.js';

/** An account of a tenant, by ids. */
export interface LoggedAccount {
  readonly tenantId: string;
  readonly userId: string;
}

/**
 * Everything that a log line may hold besides its time, level and message. A field that is not named
 * here is not written, and a value that has not the form of its field is not written either.
 */
export interface LogFields {
  /** What happened, as a name: `log_in_refused`. */
  readonly event?: string | undefined;
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly actorKind?: string | undefined;
  readonly actorId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Of a request: Node's name of the method, and the pattern of the route. */
  readonly method?: string | undefined;
  readonly route?: string | null | undefined;
  readonly status?: number | null | undefined;
  readonly durationMs?: number | undefined;
  /** One of docs/errors.md. */
  readonly code?: string | undefined;
  readonly brokenOff?: boolean | undefined;
  /** Which kind of error, and where: see `describeError`. Never what it says. */
  readonly error?: ErrorDescription | undefined;
  /** The sentence of an error of the catalogue about itself: names of things. */
  readonly detail?: string | undefined;
  /** Which source named another tenant: `header`, `subdomain`. */
  readonly source?: string | undefined;
  readonly tokenTenantId?: string | undefined;
  readonly tokenTenantSlug?: string | undefined;
  readonly withdrawnTenantId?: string | undefined;
  readonly rowTenantId?: string | undefined;
  /** Of mails and work in the background. */
  readonly kind?: string | undefined;
  readonly mail?: string | undefined;
  readonly invitationId?: string | undefined;
  readonly work?: string | undefined;
  readonly attempt?: number | undefined;
  readonly reason?: string | undefined;
  readonly left?: number | undefined;
  /** At which step a guess was counted. */
  readonly at?: string | undefined;
  readonly to?: LoggedAccount | undefined;
  readonly other?: LoggedAccount | undefined;
  /** Of alerts about access: which rule, and where it is delivered. */
  readonly rule?: string | undefined;
  readonly alertId?: string | undefined;
  readonly severity?: string | undefined;
  /** Whom it is about, by kind and id: `user:…`. */
  readonly subject?: string | undefined;
  readonly count?: number | undefined;
  readonly threshold?: number | undefined;
  /** The class that wrote a line of the framework. */
  readonly context?: string | undefined;
}

type Form = (value: unknown) => unknown;

const text =
  (pattern: RegExp): Form =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined;
const number: Form = (value) => (Number.isFinite(value) ? value : undefined);
const boolean: Form = (value) => (typeof value === 'boolean' ? value : undefined);
const nullable =
  (form: Form): Form =>
  (value) =>
    value === null ? null : form(value);

/** No `@`, no space, no sentence: somebody whose token names people by address has no id here. */
const id = text(/^[\w-]{1,64}$/);
const name = text(/^[A-Za-z][\w-]{0,63}$/);
const words = text(/^[A-Za-z][\w -]{0,63}$/);
const account: Form = (value) => {
  const { tenantId, userId } = (value ?? {}) as Record<string, unknown>;
  return id(tenantId) && id(userId) ? { tenantId, userId } : undefined;
};

const FORMS: Readonly<Record<keyof LogFields, Form>> = {
  event: name,
  requestId: id,
  traceId: text(/^[\da-f]{32}$/),
  tenantId: id,
  actorKind: name,
  actorId: id,
  userId: id,
  sessionId: id,
  method: text(/^[A-Z-]{1,32}$/),
  // As the router has it, and no request.
  route: nullable(text(/^[\x21-\x7e]{1,300}$/)),
  status: nullable(number),
  durationMs: number,
  code: text(/^[A-Z][A-Z\d_]{0,63}$/),
  brokenOff: boolean,
  error: shownDescription,
  detail: text(/^[^\n\r]{1,1000}$/),
  source: name,
  tokenTenantId: id,
  tokenTenantSlug: id,
  withdrawnTenantId: id,
  rowTenantId: id,
  kind: name,
  mail: name,
  invitationId: id,
  work: words,
  attempt: number,
  reason: words,
  left: number,
  at: words,
  to: account,
  other: account,
  rule: name,
  alertId: id,
  severity: name,
  subject: text(/^[\w:-]{1,120}$/),
  count: number,
  threshold: number,
  context: name,
};

/** The names of the fields, for the page that lists them. */
export const LOG_FIELDS = Object.keys(FORMS) as readonly (keyof LogFields)[];

/**
 * What of an object may be written to a log: the fields of {@link LogFields} whose values have their
 * form. How many were left out stands in `leftOut`, so that a line which says too little tells why.
 *
 * @example
 * allowedFields({ tenantId, email: 'ada@example.test' }); // { tenantId, leftOut: 1 }
 */
export function allowedFields(given: object): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  let leftOut = 0;
  for (const key of Object.keys(given)) {
    try {
      const value = (given as Record<string, unknown>)[key];
      if (value === undefined) continue;
      const form = Object.hasOwn(FORMS, key) ? FORMS[key as keyof LogFields] : undefined;
      const allowed = form?.(value);
      if (allowed === undefined) leftOut += 1;
      else shown[key] = allowed;
    } catch {
      // A getter of a strange object threw.
      leftOut += 1;
    }
  }
  if (leftOut > 0) shown.leftOut = leftOut;
  return shown;
}
