export { hearProcessFaults } from './hear-process-faults.js';
export { exportFailures, ServerTelemetry, TELEMETRY } from './server-telemetry.js';
export { TelemetryModule } from './telemetry.module.js';
