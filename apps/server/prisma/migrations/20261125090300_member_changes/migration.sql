-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE TRIGGER announce_rows AFTER DELETE ON "public"."users"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.announce_change();
CREATE TRIGGER announce_change AFTER UPDATE OF "role", "custom_role_id" ON "public"."users"
  FOR EACH ROW WHEN (OLD."role" IS DISTINCT FROM NEW."role"
    OR OLD."custom_role_id" IS DISTINCT FROM NEW."custom_role_id")
  EXECUTE FUNCTION ringfence.announce_change();
CREATE TRIGGER announce_change AFTER UPDATE OF "permissions" ON "public"."custom_roles"
  FOR EACH ROW WHEN (OLD."permissions" IS DISTINCT FROM NEW."permissions")
  EXECUTE FUNCTION ringfence.announce_change();
CREATE TRIGGER announce_change AFTER UPDATE OF "revoked_at" ON "public"."sessions"
  FOR EACH ROW WHEN (OLD."revoked_at" IS DISTINCT FROM NEW."revoked_at")
  EXECUTE FUNCTION ringfence.announce_change();
CREATE TRIGGER announce_change AFTER UPDATE OF "revoked_at" ON "public"."api_keys"
  FOR EACH ROW WHEN (OLD."revoked_at" IS DISTINCT FROM NEW."revoked_at")
  EXECUTE FUNCTION ringfence.announce_change();
