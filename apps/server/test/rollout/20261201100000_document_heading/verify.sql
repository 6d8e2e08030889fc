-- Run for each tenant after its backfill: mismatches must be 0 before it is switched. The checksum is
-- kept beside it.
SELECT count(*) FILTER (WHERE "heading" IS DISTINCT FROM "title") AS mismatches,
  md5(string_agg(md5("id"::text || coalesce("heading"::text, '')), '' ORDER BY "id")) AS checksum
FROM "public"."documents";
