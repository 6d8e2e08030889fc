import { randomUUID } from 'node:crypto';
import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { newApiKey } from 'ringfence/nest';
import type { TenantPrisma } from '../database/index.js';
import { lockPeople, requireHeld } from '../users/index.js';
import type { NewApiKeyInput } from './api-key-schemas.js';
import { type ApiKeyRow, apiKeySelect } from './api-key-view.js';

const DAY = 86_400_000;

/**
 * Makes an API key that acts for whoever makes it, with no more than they may do now, and later with no
 * more than they may do then. Its text is in the answer and nowhere else.
 *
 * @throws RingfenceError `PERMISSION_DENIED` when the actor does not hold all of its permissions (any
 *   more), or is itself a key.
 */
export async function createApiKey(
  prisma: TenantPrisma,
  { tenantId, actor }: TenantContext,
  { name, permissions, expiresInDays }: NewApiKeyInput,
): Promise<ApiKeyRow & { readonly key: string }> {
  const id = randomUUID();
  const { text, hint, secretHash } = newApiKey(tenantId, id);
  const row = await prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor);
    if (!people.inPerson || !people.actor) throw new RingfenceError('PERMISSION_DENIED');
    requireHeld(people, ['api-key.create', ...permissions]);
    return tx.apiKey.create({
      data: {
        id,
        name,
        prefix: hint,
        secretHash,
        permissions: [...permissions],
        createdBy: people.actor.id,
        expiresAt: new Date(Date.now() + expiresInDays * DAY),
      },
      select: apiKeySelect,
    });
  });
  return { ...row, key: text };
}
