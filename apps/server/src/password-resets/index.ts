export { PasswordResetsModule } from './password-resets.module.js';
