export { memberDirectory } from './find-member.js';
export { MembersModule } from './members.module.js';
