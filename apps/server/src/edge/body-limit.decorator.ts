import { SetMetadata } from '@nestjs/common';

/** Metadata key of {@link BodyLimit}. */
export const BODY_LIMIT = 'server:body-limit';

/**
 * Says that a route reads larger bodies than others, for people with a token. Strangers never send more
 * than credentials, whatever a route says.
 *
 * @param bytes the longest body that is right, every character escaped
 * @example
 * @BodyLimit(1024 * 1024)
 * @Post()
 */
export function BodyLimit(bytes: number): MethodDecorator {
  return SetMetadata(BODY_LIMIT, bytes);
}
