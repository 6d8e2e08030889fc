/** From worst to least. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a finding is about. */
export interface FoundObject {
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
  /** The table of a constraint, trigger or rule. */
  readonly table?: string;
  /** The argument types of a function. */
  readonly arguments?: string;
  readonly role?: string;
  /** What of a role: the group that it is in, the parameter that it may set. */
  readonly detail?: string;
}

/** What a check says; the rest of a {@link Finding} comes from the check itself. */
export interface Draft {
  readonly object: FoundObject;
  /** The exact fact of the catalog. */
  readonly evidence: string;
  /** When it differs from the check's own. */
  readonly severity?: Severity;
  readonly consequence?: string;
  /** SQL, where a fix is mechanical. */
  readonly fix?: string | undefined;
}

/** One hole, with a key that stays the same from run to run. */
export interface Finding {
  readonly key: string;
  readonly check: string;
  readonly severity: Severity;
  readonly title: string;
  readonly object: FoundObject;
  readonly evidence: string;
  readonly consequence: string;
  readonly fix?: string;
}

/** The key holds no value that differs between two databases with one schema. */
export function findingKey(check: string, object: FoundObject): string {
  const { kind, schema, table, name, role } = object;
  return [check, kind, schema, table, name, object.arguments, role, object.detail]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => encodeURIComponent(part ?? ''))
    .join('/');
}

/** Is `one` at least as bad as `other`? */
export function atLeast(one: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(one) <= SEVERITIES.indexOf(other);
}
