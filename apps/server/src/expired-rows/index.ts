export { ExpiredRowsModule } from './expired-rows.module.js';
