export {
  definePermissions,
  type PermissionDefinition,
  type Permissions,
} from './define-permissions.js';
export { mayGrant } from './may-grant.js';
export { scopedPermissions } from './scoped-permissions.js';
