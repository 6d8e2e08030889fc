-- When every tenant is switched, has stayed so for contract.soak, and no older release runs. It cannot
-- be undone: the old column is gone.
DROP TRIGGER "documents_title_heading_dual_write" ON "public"."documents";
DROP FUNCTION "public"."documents_title_heading_dual_write"();
ALTER TABLE "public"."documents" DROP COLUMN "title";
