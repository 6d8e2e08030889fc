-- table: "public"."documents"
-- Run again and again for each tenant, bound to it: no tenant_id is needed, and no other tenant can
-- be reached. The last condition makes it repeatable: rows that are done are left alone.
UPDATE "public"."documents" SET "heading" = "title"
WHERE (:after::uuid IS NULL OR "id" > :after) AND "id" <= :upto
  AND "heading" IS DISTINCT FROM "title";
