-- For all tenants at once, and while the old release runs: only what it does not notice.
-- One transaction; it waits half a second for its lock at most, then gives way and tries again.
ALTER TABLE "public"."documents"
  ADD COLUMN "heading" text;
GRANT UPDATE ("heading") ON "public"."documents" TO "ringfence_app";

-- Keeps both columns true, whichever one is written: switching a tenant back needs no repair.
-- Put your translation where the old value becomes the new one, and back. Names of your own must
-- be qualified. A column that old code does not give must be NULL and have no default.
CREATE FUNCTION "public"."documents_title_heading_dual_write"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $dual_write$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."heading" IS NULL THEN
      NEW."heading" := NEW."title";
    ELSIF NEW."title" IS NULL THEN
      NEW."title" := NEW."heading";
    END IF;
  ELSIF NEW."heading" IS NOT DISTINCT FROM OLD."heading" THEN
    IF NEW."title" IS DISTINCT FROM OLD."title" THEN
      NEW."heading" := NEW."title";
    END IF;
  ELSIF NEW."title" IS NOT DISTINCT FROM OLD."title"
    AND NEW."heading" IS DISTINCT FROM (NEW."title") THEN
    NEW."title" := NEW."heading";
  END IF;
  RETURN NEW;
END
$dual_write$;
REVOKE ALL ON FUNCTION "public"."documents_title_heading_dual_write"() FROM PUBLIC;
CREATE TRIGGER "documents_title_heading_dual_write" BEFORE INSERT OR UPDATE OF "title", "heading" ON "public"."documents"
  FOR EACH ROW EXECUTE FUNCTION "public"."documents_title_heading_dual_write"();
