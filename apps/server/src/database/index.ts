export { changeFeed } from './change-feed.js';
export { DatabaseModule } from './database.module.js';
export { createTenantPrisma, TENANT_PRISMA, type TenantPrisma } from './tenant-prisma.js';
