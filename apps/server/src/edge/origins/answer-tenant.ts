import type { IncomingMessage } from 'node:http';
import { verifiedTokenOf } from 'ringfence/nest';
import type { AnswerTenant } from './origin-rules.js';

const begun = new WeakMap<IncomingMessage, AnswerTenant>();

/** Notes that an answer of a public route holds tokens of this tenant. */
export function answersTenant(raw: IncomingMessage, tenant: AnswerTenant): void {
  begun.set(raw, tenant);
}

/** The tenant that an answer belongs to: that of the verified token, or of the tokens in it. */
export function tenantOfAnswer(raw: IncomingMessage): AnswerTenant | undefined {
  return begun.get(raw) ?? verifiedTokenOf({ raw });
}
