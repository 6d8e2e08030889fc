export { type ExpectIsolatedOptions, expectIsolated } from './expect-isolated.js';
export { refuseBypassingRole } from './refuse-bypassing-role.js';
export {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './test-database.js';
export { type TestTenant, twoTenants } from './two-tenants.js';
export { withTenant } from './with-tenant.js';
