export { EventStream, type EventStreamOptions } from './event-stream.js';
export type { StreamEvent } from './stream-event.js';
export {
  type DeliveryOutcome,
  WebhookEndpoint,
  type WebhookEndpointOptions,
  type WebhookEvent,
} from './webhook-endpoint.js';
export {
  signWebhook,
  type VerifyOptions,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookMessage,
} from './webhook-signature.js';
