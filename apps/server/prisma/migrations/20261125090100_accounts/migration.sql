-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE TABLE "public"."custom_roles" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "name" text NOT NULL,
  "description" text NOT NULL DEFAULT '',
  "permissions" text[] NOT NULL,
  "version" integer NOT NULL DEFAULT 1,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  "updated_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "custom_roles_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "custom_roles_name_key" UNIQUE ("tenant_id", "name")
);
CREATE INDEX "custom_roles_created_at_id_idx" ON "public"."custom_roles" ("tenant_id", "created_at", "id");
ALTER TABLE "public"."custom_roles" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."custom_roles" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."custom_roles" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."custom_roles" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."custom_roles" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."custom_roles" TO "ringfence_app";
GRANT UPDATE ("name", "description", "permissions", "version", "updated_at") ON "public"."custom_roles" TO "ringfence_app";

CREATE TABLE "public"."invitations" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "email" text NOT NULL,
  "role" public.user_role NOT NULL,
  "custom_role_id" uuid,
  "invited_by" uuid NOT NULL,
  "token_hash" bytea NOT NULL,
  "expires_at" timestamptz(3) NOT NULL,
  "accepted_at" timestamptz(3),
  "revoked_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "invitations_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "invitations_token_hash_key" UNIQUE ("tenant_id", "token_hash"),
  CONSTRAINT "invitations_email_is_lower_case" CHECK (email = lower(email)),
  CONSTRAINT "invitations_token_hash_is_sha256" CHECK (octet_length(token_hash) = 32),
  CONSTRAINT "invitations_custom_role_id_fkey" FOREIGN KEY ("tenant_id", "custom_role_id")
    REFERENCES "public"."custom_roles" ("tenant_id", "id") ON DELETE CASCADE,
  CONSTRAINT "invitations_invited_by_fkey" FOREIGN KEY ("tenant_id", "invited_by")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "invitations_custom_role_id_idx" ON "public"."invitations" ("tenant_id", "custom_role_id");
CREATE INDEX "invitations_invited_by_idx" ON "public"."invitations" ("tenant_id", "invited_by");
CREATE INDEX "invitations_created_at_id_idx" ON "public"."invitations" ("tenant_id", "created_at", "id");
CREATE INDEX "invitations_email_idx" ON "public"."invitations" ("tenant_id", "email");
ALTER TABLE "public"."invitations" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."invitations" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."invitations" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."invitations" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."invitations" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."invitations" TO "ringfence_app";
GRANT UPDATE ("accepted_at", "revoked_at") ON "public"."invitations" TO "ringfence_app";

CREATE TABLE "public"."mailed_tokens" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "purpose" text NOT NULL,
  "email" text NOT NULL,
  "token_hash" bytea NOT NULL,
  "expires_at" timestamptz(3) NOT NULL,
  "used_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "mailed_tokens_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "mailed_tokens_token_hash_key" UNIQUE ("tenant_id", "token_hash"),
  CONSTRAINT "mailed_tokens_token_hash_is_sha256" CHECK (octet_length(token_hash) = 32),
  CONSTRAINT "mailed_tokens_purpose_is_known" CHECK (purpose IN ('password-reset', 'email-verification')),
  CONSTRAINT "mailed_tokens_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "mailed_tokens_user_id_idx" ON "public"."mailed_tokens" ("tenant_id", "user_id");
CREATE INDEX "mailed_tokens_expires_at_idx" ON "public"."mailed_tokens" ("tenant_id", "expires_at");
ALTER TABLE "public"."mailed_tokens" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."mailed_tokens" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."mailed_tokens" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."mailed_tokens" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."mailed_tokens" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."mailed_tokens" TO "ringfence_app";
GRANT UPDATE ("used_at") ON "public"."mailed_tokens" TO "ringfence_app";

CREATE TABLE "public"."sessions" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "user_agent" text,
  "address" inet,
  "last_used_at" timestamptz(3) NOT NULL DEFAULT now(),
  "expires_at" timestamptz(3) NOT NULL,
  "revoked_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "sessions_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "sessions_user_id_idx" ON "public"."sessions" ("tenant_id", "user_id");
CREATE INDEX "sessions_expires_at_idx" ON "public"."sessions" ("tenant_id", "expires_at");
ALTER TABLE "public"."sessions" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."sessions" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."sessions" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."sessions" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."sessions" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."sessions" TO "ringfence_app";
GRANT UPDATE ("user_agent", "address", "last_used_at", "expires_at", "revoked_at") ON "public"."sessions" TO "ringfence_app";

CREATE TABLE "public"."second_factors" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "sealed_secret" bytea NOT NULL,
  "confirmed_at" timestamptz(3),
  "last_step" bigint,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "second_factors_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "second_factors_user_id_key" UNIQUE ("tenant_id", "user_id"),
  CONSTRAINT "second_factors_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
ALTER TABLE "public"."second_factors" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."second_factors" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."second_factors" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."second_factors" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."second_factors" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."second_factors" TO "ringfence_app";
GRANT UPDATE ("confirmed_at", "last_step") ON "public"."second_factors" TO "ringfence_app";

CREATE TABLE "public"."recovery_codes" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "code_hash" bytea NOT NULL,
  "used_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "recovery_codes_user_id_code_hash_key" UNIQUE ("tenant_id", "user_id", "code_hash"),
  CONSTRAINT "recovery_codes_code_hash_is_sha256" CHECK (octet_length(code_hash) = 32),
  CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
ALTER TABLE "public"."recovery_codes" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."recovery_codes" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."recovery_codes" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."recovery_codes" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."recovery_codes" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."recovery_codes" TO "ringfence_app";
GRANT UPDATE ("used_at") ON "public"."recovery_codes" TO "ringfence_app";

CREATE TABLE "public"."failed_log_ins" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "key_hash" bytea NOT NULL,
  "failures" integer NOT NULL DEFAULT 1,
  "blocked_until" timestamptz(3),
  "forget_at" timestamptz(3) NOT NULL,
  CONSTRAINT "failed_log_ins_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "failed_log_ins_key_hash_key" UNIQUE ("tenant_id", "key_hash"),
  CONSTRAINT "failed_log_ins_key_hash_is_sha256" CHECK (octet_length(key_hash) = 32)
);
CREATE INDEX "failed_log_ins_forget_at_idx" ON "public"."failed_log_ins" ("tenant_id", "forget_at");
ALTER TABLE "public"."failed_log_ins" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."failed_log_ins" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."failed_log_ins" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."failed_log_ins" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."failed_log_ins" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."failed_log_ins" TO "ringfence_app";
GRANT UPDATE ("failures", "blocked_until", "forget_at") ON "public"."failed_log_ins" TO "ringfence_app";

CREATE TABLE "public"."known_devices" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "user_id" uuid NOT NULL,
  "device_hash" bytea NOT NULL,
  "last_used_at" timestamptz(3) NOT NULL DEFAULT now(),
  "expires_at" timestamptz(3) NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "known_devices_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "known_devices_user_id_device_hash_key" UNIQUE ("tenant_id", "user_id", "device_hash"),
  CONSTRAINT "known_devices_device_hash_is_sha256" CHECK (octet_length(device_hash) = 32),
  CONSTRAINT "known_devices_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "known_devices_expires_at_idx" ON "public"."known_devices" ("tenant_id", "expires_at");
ALTER TABLE "public"."known_devices" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."known_devices" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."known_devices" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."known_devices" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."known_devices" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."known_devices" TO "ringfence_app";
GRANT UPDATE ("last_used_at", "expires_at") ON "public"."known_devices" TO "ringfence_app";

CREATE TABLE "public"."api_keys" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "name" text NOT NULL,
  "prefix" text NOT NULL,
  "secret_hash" bytea NOT NULL,
  "permissions" text[] NOT NULL,
  "created_by" uuid NOT NULL,
  "expires_at" timestamptz(3),
  "last_used_at" timestamptz(3),
  "revoked_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "api_keys_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "api_keys_secret_hash_key" UNIQUE ("tenant_id", "secret_hash"),
  CONSTRAINT "api_keys_secret_hash_is_sha256" CHECK (octet_length(secret_hash) = 32),
  CONSTRAINT "api_keys_created_by_fkey" FOREIGN KEY ("tenant_id", "created_by")
    REFERENCES "public"."users" ("tenant_id", "id") ON DELETE CASCADE
);
CREATE INDEX "api_keys_created_by_idx" ON "public"."api_keys" ("tenant_id", "created_by");
CREATE INDEX "api_keys_created_at_id_idx" ON "public"."api_keys" ("tenant_id", "created_at", "id");
ALTER TABLE "public"."api_keys" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."api_keys" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."api_keys" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."api_keys" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."api_keys" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."api_keys" TO "ringfence_app";
GRANT UPDATE ("name", "last_used_at", "revoked_at") ON "public"."api_keys" TO "ringfence_app";

CREATE TABLE "public"."custom_domains" (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "domain" text NOT NULL,
  "verification_token" text NOT NULL,
  "verified_at" timestamptz(3),
  "checked_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT "custom_domains_pkey" PRIMARY KEY ("tenant_id", "id"),
  CONSTRAINT "custom_domains_domain_key" UNIQUE ("tenant_id", "domain"),
  CONSTRAINT "custom_domains_domain_is_lower_case" CHECK (domain = lower(domain) AND domain LIKE '%.%')
);
CREATE INDEX "custom_domains_created_at_id_idx" ON "public"."custom_domains" ("tenant_id", "created_at", "id");
ALTER TABLE "public"."custom_domains" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."custom_domains" FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON "public"."custom_domains" AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON "public"."custom_domains" AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
REVOKE ALL ON "public"."custom_domains" FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON "public"."custom_domains" TO "ringfence_app";
GRANT UPDATE ("verified_at", "checked_at") ON "public"."custom_domains" TO "ringfence_app";

ALTER TABLE "public"."users"
  ADD COLUMN "custom_role_id" uuid,
  ADD CONSTRAINT "users_custom_role_id_fkey" FOREIGN KEY ("tenant_id", "custom_role_id")
    REFERENCES "public"."custom_roles" ("tenant_id", "id") ON DELETE NO ACTION,
  ADD COLUMN "email_verified_at" timestamptz(3);
CREATE INDEX "users_custom_role_id_idx" ON "public"."users" ("tenant_id", "custom_role_id");
GRANT UPDATE ("custom_role_id", "email_verified_at") ON "public"."users" TO "ringfence_app";
