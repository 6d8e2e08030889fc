-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE TABLE ringfence.persons (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Not named as in tenant tables: everything with a tenant_id stands under row-level security.
CREATE TABLE ringfence.person_users (
  tenant uuid NOT NULL REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  account uuid NOT NULL,
  person uuid NOT NULL REFERENCES ringfence.persons (id) ON DELETE CASCADE,
  suspended_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, account)
);
CREATE INDEX person_users_person_idx ON ringfence.person_users (person);

-- A link that is being made: gone as soon as anything of the way into one of the two changes.
CREATE TABLE ringfence.link_claims (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant uuid NOT NULL,
  account uuid NOT NULL,
  other_tenant uuid NOT NULL,
  other_account uuid NOT NULL,
  expires_at timestamptz(3) NOT NULL DEFAULT now() + interval '1 minute'
);
CREATE INDEX link_claims_account_idx ON ringfence.link_claims (tenant, account);
CREATE INDEX link_claims_other_idx ON ringfence.link_claims (other_tenant, other_account);

COMMENT ON TABLE ringfence.persons IS
  'Whoever has accounts in several tenants: holds nothing but the link. Never for the application.';

REVOKE ALL ON ringfence.persons, ringfence.person_users, ringfence.link_claims FROM PUBLIC;

CREATE FUNCTION ringfence.require_proven(subject text, proof text) RETURNS void
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $require$
BEGIN
  -- Before anything is looked up: without a proof there is no answer to learn from.
  IF ringfence.is_proven(subject, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'the process has not signed this question' USING ERRCODE = 'RF003';
  END IF;
END
$require$;

CREATE FUNCTION ringfence.linked_accounts(account_id uuid, proof text)
  RETURNS TABLE (tenant uuid, account uuid, suspended boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $linked$
#variable_conflict use_column
DECLARE
  bound uuid := ringfence.current_tenant_id();
BEGIN
  PERFORM ringfence.require_proven('linked-accounts:' || bound || ':' || account_id, proof);
  RETURN QUERY
    SELECT other.tenant, other.account,
      own.suspended_at IS NOT NULL OR other.suspended_at IS NOT NULL
    FROM ringfence.person_users AS own
    JOIN ringfence.person_users AS other
      ON other.person = own.person AND (other.tenant, other.account) <> (own.tenant, own.account)
    WHERE own.tenant = bound AND own.account = account_id;
END
$linked$;

COMMENT ON FUNCTION ringfence.linked_accounts(uuid, text) IS
  'The accounts of one person, to the process that has signed for one of them.';

CREATE FUNCTION ringfence.claim_link(
  account_id uuid, other_tenant_id uuid, other_account_id uuid, proof text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $claim$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  claim uuid;
BEGIN
  PERFORM ringfence.require_proven('claim-link:' || bound || ':' || account_id || ':'
    || other_tenant_id || ':' || other_account_id, proof);
  DELETE FROM ringfence.link_claims AS c WHERE c.expires_at < now();
  INSERT INTO ringfence.link_claims (tenant, account, other_tenant, other_account)
    VALUES (bound, account_id, other_tenant_id, other_account_id) RETURNING id INTO claim;
  RETURN claim;
END
$claim$;

COMMENT ON FUNCTION ringfence.claim_link(uuid, uuid, uuid, text) IS
  'Begins a link of two accounts, both of which somebody has entered.';

CREATE FUNCTION ringfence.join_accounts(claim_id uuid, proof text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $join$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  claimed ringfence.link_claims;
  one uuid;
  other uuid;
  joined uuid;
BEGIN
  PERFORM ringfence.require_proven('join-accounts:' || claim_id, proof);
  DELETE FROM ringfence.link_claims AS c
    WHERE c.id = claim_id AND c.tenant = bound AND c.expires_at >= now() RETURNING * INTO claimed;
  IF claimed.id IS NULL THEN
    RETURN false;
  END IF;
  -- Only what is not suspended brings its other links along.
  SELECT u.person INTO one FROM ringfence.person_users AS u
    WHERE u.tenant = claimed.tenant AND u.account = claimed.account AND u.suspended_at IS NULL
    FOR UPDATE;
  SELECT u.person INTO other FROM ringfence.person_users AS u
    WHERE u.tenant = claimed.other_tenant AND u.account = claimed.other_account
      AND u.suspended_at IS NULL
    FOR UPDATE;
  joined := coalesce(one, other);
  IF joined IS NULL THEN
    INSERT INTO ringfence.persons DEFAULT VALUES RETURNING id INTO joined;
  END IF;
  UPDATE ringfence.person_users AS u SET person = joined WHERE u.person = other AND other <> joined;
  INSERT INTO ringfence.person_users AS u (tenant, account, person)
    VALUES (claimed.tenant, claimed.account, joined),
      (claimed.other_tenant, claimed.other_account, joined)
    ON CONFLICT (tenant, account) DO UPDATE SET person = excluded.person, suspended_at = NULL;
  DELETE FROM ringfence.persons AS p
    WHERE NOT EXISTS (SELECT FROM ringfence.person_users AS u WHERE u.person = p.id)
      AND p.created_at < now();
  RETURN true;
END
$join$;

COMMENT ON FUNCTION ringfence.join_accounts(uuid, text) IS
  'Ends what claim_link began; false when anything of the way into one of the two has changed since.';

CREATE FUNCTION ringfence.leave_person(account_id uuid, proof text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $leave$
DECLARE
  bound uuid := ringfence.current_tenant_id();
BEGIN
  PERFORM ringfence.require_proven('leave-person:' || bound || ':' || account_id, proof);
  DELETE FROM ringfence.person_users AS u WHERE u.tenant = bound AND u.account = account_id;
  RETURN FOUND;
END
$leave$;

COMMENT ON FUNCTION ringfence.leave_person(uuid, text) IS
  'Takes an account of the bound tenant out of its person.';

CREATE FUNCTION ringfence.suspend_person() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $suspend$
DECLARE
  in_tenant uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END;
  of_account uuid := (CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END
    ->> TG_ARGV[0])::uuid;
  suspended uuid;
BEGIN
  -- A snapshot from before a link was made would not see it, and leave it.
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'the way into an account changes in READ COMMITTED transactions only'
      USING ERRCODE = '25000';
  END IF;
  DELETE FROM ringfence.link_claims AS c
    WHERE (c.tenant = in_tenant AND c.account = of_account)
      OR (c.other_tenant = in_tenant AND c.other_account = of_account);
  IF TG_ARGV[0] = 'id' AND TG_OP <> 'UPDATE' THEN
    -- Gone, or somebody new: whoever gets an id that was there before is not that person.
    DELETE FROM ringfence.person_users AS u
      WHERE u.tenant = in_tenant AND u.account = of_account;
    RETURN NULL;
  END IF;
  SELECT u.person INTO suspended FROM ringfence.person_users AS u
    WHERE u.tenant = in_tenant AND u.account = of_account FOR UPDATE;
  UPDATE ringfence.person_users AS u SET suspended_at = now()
    WHERE u.person = suspended AND u.suspended_at IS NULL;
  RETURN NULL;
END
$suspend$;

COMMENT ON FUNCTION ringfence.suspend_person() IS
  'Suspends every link of the person whose way into an account has changed.';

REVOKE ALL ON FUNCTION ringfence.require_proven(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.linked_accounts(uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.claim_link(uuid, uuid, uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.join_accounts(uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.leave_person(uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.suspend_person() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.linked_accounts(uuid, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.claim_link(uuid, uuid, uuid, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.join_accounts(uuid, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.leave_person(uuid, text) TO "ringfence_app";

CREATE TRIGGER suspend_person_rows AFTER INSERT OR DELETE ON "public"."users"
  FOR EACH ROW EXECUTE FUNCTION ringfence.suspend_person('id');
CREATE TRIGGER suspend_person_change AFTER UPDATE ON "public"."users"
  FOR EACH ROW
  WHEN ((OLD.email, OLD.password_hash) IS DISTINCT FROM (NEW.email, NEW.password_hash))
  EXECUTE FUNCTION ringfence.suspend_person('id');
CREATE TRIGGER suspend_person_rows AFTER DELETE ON "public"."second_factors"
  FOR EACH ROW EXECUTE FUNCTION ringfence.suspend_person('user_id');
CREATE TRIGGER suspend_person_change AFTER UPDATE ON "public"."second_factors"
  FOR EACH ROW
  WHEN (OLD.confirmed_at IS DISTINCT FROM NEW.confirmed_at
    OR (OLD.last_step IS NOT NULL AND (NEW.last_step IS NULL OR NEW.last_step < OLD.last_step)))
  EXECUTE FUNCTION ringfence.suspend_person('user_id');
CREATE TRIGGER suspend_person_rows AFTER INSERT ON "public"."recovery_codes"
  FOR EACH ROW EXECUTE FUNCTION ringfence.suspend_person('user_id');
CREATE TRIGGER suspend_person_change AFTER UPDATE ON "public"."recovery_codes"
  FOR EACH ROW
  WHEN (OLD.used_at IS NOT NULL AND NEW.used_at IS NULL)
  EXECUTE FUNCTION ringfence.suspend_person('user_id');
