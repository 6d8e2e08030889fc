import { describe, expect, it } from 'vitest';
import { Role as StoredRole } from './generated/prisma/enums.js';
import { PERMISSIONS } from './permissions.js';

describe('ROLES', () => {
  it('are the roles that the database knows', () => {
    expect(Object.keys(PERMISSIONS.roles).sort()).toEqual(Object.keys(StoredRole).sort());
  });

  it('form this matrix', () => {
    const matrix = PERMISSIONS.names.map((permission) => {
      const holders = Object.entries(PERMISSIONS.roles).filter(([, held]) =>
        held.includes(permission),
      );
      return `${permission.padEnd(20)} ${holders.map(([role]) => role).join(' ')}`;
    });
    expect(matrix).toMatchInlineSnapshot(`
      [
        "self.read            owner admin member viewer",
        "self.update          owner admin member viewer",
        "organization.read    owner admin member viewer",
        "organization.create  owner admin",
        "organization.update  owner admin",
        "organization.delete  owner admin",
        "user.read            owner admin member viewer",
        "user.create          owner admin",
        "user.update          owner admin",
        "user.delete          owner admin",
        "project.read         owner admin member viewer",
        "project.create       owner admin member",
        "project.update       owner admin member",
        "project.delete       owner admin member",
        "document.read        owner admin member viewer",
        "document.create      owner admin member",
        "document.update      owner admin member",
        "document.delete      owner admin member",
        "session.delete       owner admin",
        "invitation.read      owner admin",
        "invitation.create    owner admin",
        "invitation.delete    owner admin",
        "role.read            owner admin",
        "role.create          owner admin",
        "role.update          owner admin",
        "role.delete          owner admin",
        "second-factor.delete owner admin",
        "api-key.read         owner admin",
        "api-key.create       owner admin",
        "api-key.delete       owner admin",
        "audit-log.read       owner admin",
        "alert.read           owner admin",
        "alert.update         owner admin",
        "domain.read          owner admin",
        "domain.create        owner admin",
        "domain.update        owner admin",
        "domain.delete        owner admin",
        "quota.read           owner admin",
      ]
    `);
  });

  it('hold nothing twice', () => {
    for (const held of Object.values(PERMISSIONS.roles))
      expect(new Set(held).size).toBe(held.length);
  });
});
