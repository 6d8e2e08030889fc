export {
  type Grant,
  type LockedPeople,
  lockPeople,
  requireGrantable,
  requireHeld,
  requirePresentRole,
} from './lock-people.js';
export { UsersModule } from './users.module.js';
