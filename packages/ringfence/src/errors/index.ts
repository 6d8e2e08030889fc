export { CATALOGUE, type CatalogueEntry, type ErrorCode } from './catalogue.js';
export { fromPostgres } from './from-postgres.js';
export {
  type FieldError,
  isRingfenceError,
  RingfenceError,
  type RingfenceErrorOptions,
  type UsedQuota,
} from './ringfence-error.js';
