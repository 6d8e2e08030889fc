export { lockPeople } from './lock-people.js';
export { UsersModule } from './users.module.js';
