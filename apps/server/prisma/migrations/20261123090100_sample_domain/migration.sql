-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE TYPE public.user_role AS ENUM ('owner', 'admin', 'member', 'viewer');

CREATE TABLE "public"."organizations" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "name" text NOT NULL,
  "version" integer NOT NULL DEFAULT 1,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "organizations_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "organizations_created_at_id_idx" ON "public"."organizations" ("tenant_id", "created_at", "id");
ALTER TABLE "public"."organizations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."organizations" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."organizations" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."organizations" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."organizations" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."organizations" TO "ringfence_app";
GRANT UPDATE ("name", "version", "updated_at") ON "public"."organizations" TO "ringfence_app";

CREATE TABLE "public"."users" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "email" text NOT NULL,
  "name" text NOT NULL,
  "role" public.user_role NOT NULL,
  "password_hash" text,
  "version" integer NOT NULL DEFAULT 1,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "users_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "users_email_key" UNIQUE ("tenant_id", "email"),
  CONSTRAINT "users_email_is_lower_case" CHECK (email = lower(email))
);
CREATE INDEX "users_created_at_id_idx" ON "public"."users" ("tenant_id", "created_at", "id");
ALTER TABLE "public"."users" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."users" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."users" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."users" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."users" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."users" TO "ringfence_app";
GRANT UPDATE ("email", "name", "role", "password_hash", "version", "updated_at") ON "public"."users" TO "ringfence_app";

CREATE TABLE "public"."memberships" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "organization_id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "memberships_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "memberships_organization_id_user_id_key" UNIQUE ("tenant_id", "organization_id", "user_id"),
  CONSTRAINT "memberships_organization_id_fkey" FOREIGN KEY ("tenant_id", "organization_id")
    REFERENCES "public"."organizations" ("tenant_id", "id") ON DELETE CASCADE,
  CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "memberships_user_id_idx" ON "public"."memberships" ("tenant_id", "user_id");
ALTER TABLE "public"."memberships" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."memberships" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."memberships" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."memberships" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."memberships" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."memberships" TO "ringfence_app";

CREATE TABLE "public"."projects" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "organization_id" uuid NOT NULL,
  "name" text NOT NULL,
  "version" integer NOT NULL DEFAULT 1,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "projects_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "projects_organization_id_fkey" FOREIGN KEY ("tenant_id", "organization_id")
    REFERENCES "public"."organizations" ("tenant_id", "id") ON DELETE NO ACTION
);
CREATE INDEX "projects_created_at_id_idx" ON "public"."projects" ("tenant_id", "created_at", "id");
CREATE INDEX "projects_organization_id_created_at_id_idx" ON "public"."projects" ("tenant_id", "organization_id", "created_at", "id");
ALTER TABLE "public"."projects" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."projects" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."projects" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."projects" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."projects" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."projects" TO "ringfence_app";
GRANT UPDATE ("organization_id", "name", "version", "updated_at") ON "public"."projects" TO "ringfence_app";

CREATE TABLE "public"."documents" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "project_id" uuid NOT NULL,
  "title" text NOT NULL,
  "body" text NOT NULL,
  "version" integer NOT NULL DEFAULT 1,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "documents_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "documents_project_id_fkey" FOREIGN KEY ("tenant_id", "project_id")
    REFERENCES "public"."projects" ("tenant_id", "id") ON DELETE NO ACTION
);
CREATE INDEX "documents_created_at_id_idx" ON "public"."documents" ("tenant_id", "created_at", "id");
CREATE INDEX "documents_project_id_created_at_id_idx" ON "public"."documents" ("tenant_id", "project_id", "created_at", "id");
ALTER TABLE "public"."documents" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."documents" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."documents" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."documents" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."documents" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."documents" TO "ringfence_app";
GRANT UPDATE ("project_id", "title", "body", "version", "updated_at") ON "public"."documents" TO "ringfence_app";

CREATE TABLE "public"."refresh_tokens" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "session_id" uuid NOT NULL,
  "token_hash" bytea NOT NULL,
  "expires_at" timestamptz(3) NOT NULL,
  "used_at" timestamptz(3),
  "revoked_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "refresh_tokens_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "refresh_tokens_token_hash_key" UNIQUE ("tenant_id", "token_hash"),
  CONSTRAINT "refresh_tokens_token_hash_is_sha256" CHECK (octet_length(token_hash) = 32),
  CONSTRAINT "refresh_tokens_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "refresh_tokens_user_id_idx" ON "public"."refresh_tokens" ("tenant_id", "user_id");
CREATE INDEX "refresh_tokens_session_id_idx" ON "public"."refresh_tokens" ("tenant_id", "session_id");
ALTER TABLE "public"."refresh_tokens" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."refresh_tokens" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."refresh_tokens" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."refresh_tokens" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."refresh_tokens" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."refresh_tokens" TO "ringfence_app";
GRANT UPDATE ("used_at", "revoked_at") ON "public"."refresh_tokens" TO "ringfence_app";
