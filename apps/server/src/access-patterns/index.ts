export { AccessPatternsModule } from './access-patterns.module.js';
export { alertsModule } from './alerts.module.js';
