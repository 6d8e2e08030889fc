export { fromPrisma } from './from-prisma.js';
export { tenantPrisma } from './tenant-prisma.js';
