export { defineConfig } from './define-config.js';
export type {
  AuditConfig,
  AuditFormat,
  ProveConfig,
  RingfenceConfig,
} from './ringfence-config.js';
