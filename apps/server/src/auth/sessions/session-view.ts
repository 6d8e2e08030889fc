import { z } from 'zod';
import type { Prisma } from '../../generated/prisma/client.js';

/** What is read of a session: everything that it shows. */
export const sessionSelect = {
  id: true,
  address: true,
  userAgent: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
} satisfies Prisma.SessionSelect;

/** A session as it was read. */
export type SessionRow = Prisma.SessionGetPayload<{ select: typeof sessionSelect }>;

/** What `GET /auth/sessions` answers. */
export const ownSessionsSchema = z
  .object({
    items: z.array(
      z
        .object({
          id: z.uuid(),
          address: z.string().nullable().meta({ description: 'From where it was used last.' }),
          userAgent: z.string().nullable().meta({ description: 'What the client calls itself.' }),
          createdAt: z.iso.datetime(),
          lastUsedAt: z.iso.datetime().meta({ description: 'When its tokens were issued last.' }),
          expiresAt: z.iso
            .datetime()
            .meta({ description: 'When it ends unless it is used again.' }),
          current: z.boolean().meta({ description: 'The session that asks.' }),
        })
        .meta({ id: 'OwnSession' }),
    ),
  })
  .meta({ id: 'OwnSessions' });
