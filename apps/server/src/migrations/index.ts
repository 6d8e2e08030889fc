export { migrationsModule } from './migrations.module.js';
