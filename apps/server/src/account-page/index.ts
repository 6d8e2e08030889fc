export { AccountPageModule } from './account-page.module.js';
