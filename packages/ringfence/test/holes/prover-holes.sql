-- Ways in which rows cross tenants that show only when they are tried, each with a table of its own, and
-- odd but tight tables beside them. Run by the owner of a database; {app} is the application's role.
CREATE SCHEMA odd; CREATE SCHEMA hole;
GRANT USAGE ON SCHEMA odd, hole TO {app};
CREATE FUNCTION odd.me() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;
CREATE FUNCTION odd.protect(name regclass) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY own ON %s USING (tenant_id = odd.me()) WITH CHECK (tenant_id = odd.me())', name);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {app}', name); END $$;
REVOKE EXECUTE ON FUNCTION odd.protect(regclass) FROM PUBLIC;

-- Tight: odd types, hostile names, no key, cycles, partitions.
CREATE TYPE odd.mood AS ENUM ('calm', 'loud');
CREATE TYPE odd.pair AS (x int, y text);
CREATE DOMAIN odd.short AS text CHECK (length(VALUE) BETWEEN 2 AND 40);
CREATE TYPE odd.hours AS RANGE (subtype = float8);
CREATE TABLE odd."we""ird $1
näme" (
  tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), "select" odd.short NOT NULL,
  number int GENERATED ALWAYS AS IDENTITY, loud text GENERATED ALWAYS AS (upper("select")) STORED,
  mood odd.mood NOT NULL, moods odd.mood[] NOT NULL, pair odd.pair NOT NULL, hours odd.hours NOT NULL,
  days daterange NOT NULL, many int4multirange NOT NULL, bytes bytea NOT NULL CHECK (length(bytes) = 16),
  bits bit(8) NOT NULL, tags text[] NOT NULL, place inet, data jsonb NOT NULL, price numeric(6, 2),
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, "select"));
SELECT odd.protect('odd."we""ird $1
näme"');
CREATE TABLE odd.keyless (tenant_id uuid NOT NULL, data jsonb NOT NULL);
SELECT odd.protect('odd.keyless');
CREATE TABLE odd.tree (tenant_id uuid NOT NULL, id uuid, parent_id uuid, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES odd.tree (tenant_id, id));
SELECT odd.protect('odd.tree');
CREATE TABLE odd.hen (tenant_id uuid NOT NULL, id uuid, egg_id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE odd.egg (tenant_id uuid NOT NULL, id uuid, hen_id uuid NOT NULL, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, hen_id) REFERENCES odd.hen (tenant_id, id) DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE odd.hen ADD FOREIGN KEY (tenant_id, egg_id) REFERENCES odd.egg (tenant_id, id) DEFERRABLE INITIALLY DEFERRED;
SELECT odd.protect('odd.hen'), odd.protect('odd.egg');
CREATE TABLE odd.visits (tenant_id uuid NOT NULL, id uuid, on_day date NOT NULL, note text, PRIMARY KEY (tenant_id, id, on_day))
  PARTITION BY RANGE (on_day);
CREATE TABLE odd.visits_old PARTITION OF odd.visits FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
SELECT odd.protect('odd.visits');
CREATE TABLE odd.slots (tenant_id uuid NOT NULL, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), room text NOT NULL, days daterange NOT NULL);
SELECT odd.protect('odd.slots');
REVOKE INSERT ON odd.slots FROM {app};

-- A view of the owner, through which rows can be changed and not even be read.
CREATE TABLE hole.drafts (tenant_id uuid NOT NULL, id uuid, body text NOT NULL, PRIMARY KEY (tenant_id, id));
SELECT odd.protect('hole.drafts');
CREATE VIEW hole.open_drafts AS SELECT tenant_id, id, body FROM hole.drafts;
GRANT UPDATE ON hole.open_drafts TO {app};

-- A view whose trigger inserts for whoever is named.
CREATE TABLE hole.letters (tenant_id uuid NOT NULL, id uuid, body text NOT NULL, PRIMARY KEY (tenant_id, id));
SELECT odd.protect('hole.letters');
CREATE VIEW hole.mailbox WITH (security_invoker = true) AS SELECT tenant_id, id, body FROM hole.letters;
CREATE FUNCTION hole.post() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
  INSERT INTO hole.letters VALUES (NEW.tenant_id, NEW.id, NEW.body); RETURN NEW; END $$;
CREATE TRIGGER post INSTEAD OF INSERT ON hole.mailbox FOR EACH ROW EXECUTE FUNCTION hole.post();
GRANT SELECT, INSERT ON hole.mailbox TO {app};

-- A rule that writes elsewhere, with the owner's rights, by a word.
CREATE TABLE hole.stock (tenant_id uuid NOT NULL, id uuid, sku text NOT NULL, sold int NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, id));
CREATE TABLE hole.sales (tenant_id uuid NOT NULL, id uuid, sku text NOT NULL, PRIMARY KEY (tenant_id, id));
SELECT odd.protect('hole.stock'), odd.protect('hole.sales');
CREATE RULE count_sales AS ON INSERT TO hole.sales DO ALSO UPDATE hole.stock SET sold = sold + 1 WHERE sku = NEW.sku;

-- A function that writes by an id alone; one that believes a table of the caller's.
CREATE TABLE hole.notes (tenant_id uuid NOT NULL, id uuid, body text NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE hole.readers (tenant_id uuid NOT NULL, allowed boolean NOT NULL, PRIMARY KEY (tenant_id));
SELECT odd.protect('hole.notes'), odd.protect('hole.readers');
CREATE FUNCTION hole.rewrite(note uuid, words text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ UPDATE hole.notes SET body = words WHERE id = note $$;
CREATE FUNCTION hole.read_for(who uuid) RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN
  IF EXISTS (SELECT FROM readers r WHERE r.tenant_id = who AND r.allowed) THEN
    RETURN QUERY SELECT n.body FROM hole.notes n WHERE n.tenant_id = who; END IF; END $$;

-- Rows that are open as long as a column is empty, or when somebody says a word.
CREATE TABLE hole.files (tenant_id uuid NOT NULL, id uuid, name text NOT NULL, deleted_at timestamptz, PRIMARY KEY (tenant_id, id));
SELECT odd.protect('hole.files');
CREATE POLICY alive ON hole.files FOR SELECT USING (deleted_at IS NULL);
CREATE TABLE hole.tickets (tenant_id uuid NOT NULL, id uuid, title text NOT NULL, PRIMARY KEY (tenant_id, id));
SELECT odd.protect('hole.tickets');
CREATE POLICY support ON hole.tickets FOR SELECT USING (current_setting('app.desk', true) = 'second level');

-- Oracles: an exclusion that asks all tenants. A child that has no tenant of its own. Code on a table.
CREATE TABLE hole.bookings (tenant_id uuid NOT NULL, id uuid, days daterange NOT NULL, PRIMARY KEY (tenant_id, id),
  EXCLUDE USING gist (days WITH &&));
SELECT odd.protect('hole.bookings');
CREATE TABLE hole.lines (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), letter_tenant uuid, letter_id uuid, line text,
  FOREIGN KEY (letter_tenant, letter_id) REFERENCES hole.letters (tenant_id, id));
GRANT SELECT ON hole.lines TO {app};
CREATE TABLE hole.hooks (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id));
SELECT odd.protect('hole.hooks');
GRANT TRIGGER ON hole.hooks TO {app};

-- A partition that can be reached past its parent. Numbers that everybody draws. An object of no tenant.
CREATE TABLE hole.log (tenant_id uuid NOT NULL, id uuid, line text NOT NULL, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
CREATE TABLE hole.log_all PARTITION OF hole.log FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SELECT odd.protect('hole.log');
GRANT SELECT ON hole.log_all TO {app};
CREATE SEQUENCE hole.invoice_numbers;
GRANT USAGE ON SEQUENCE hole.invoice_numbers TO {app};
DO $$ DECLARE object oid := lo_from_bytea(0, 'a scan'); BEGIN EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO {app}', object); END $$;

-- Numbers that hold no value of anybody, and change with rows of everybody.
CREATE VIEW hole.size AS SELECT count(*) AS letters FROM hole.letters;
GRANT SELECT ON hole.size TO {app};
CREATE FUNCTION hole.how_many() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT count(*) FROM hole.letters $$;
CREATE VIEW odd.own_size WITH (security_invoker = true) AS SELECT count(*) AS visits FROM odd.visits;
GRANT SELECT ON odd.own_size TO {app};
