-- no-transaction
-- Led by tenant_id, as every index of a tenant table. Remove the file when nothing looks for it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "documents_heading_idx"
  ON "public"."documents" ("tenant_id", "heading");
