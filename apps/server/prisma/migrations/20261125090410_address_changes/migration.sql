-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
ALTER TABLE "public"."mailed_tokens"
  ADD COLUMN "replaces" text;
