export {
  type Grant,
  type LockedPeople,
  lockPeople,
  requireGrantable,
  requireHeld,
} from './lock-people.js';
export { UsersModule } from './users.module.js';
