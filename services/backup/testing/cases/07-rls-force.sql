-- Row security. Superuser creates; the backup runs as gl_owner (no BYPASSRLS), then as gl_reader.
-- right: a backup as gl_owner or gl_reader fails and says which table; never a "good" backup with 1 of 3 rows,
--        and the manifest reader must not count rows through a policy.
DO $$ BEGIN CREATE ROLE gl_owner LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
DO $$ BEGIN CREATE ROLE gl_reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$;
GRANT CREATE, USAGE ON SCHEMA public TO gl_owner; GRANT USAGE ON SCHEMA public TO gl_reader;
SET ROLE gl_owner;
CREATE TABLE notes (id int PRIMARY KEY, tenant text, body text);
INSERT INTO notes VALUES (1,'t1','a'),(2,'t2','b'),(3,'t2','c');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY per_tenant ON notes USING (tenant = coalesce(current_setting('app.tenant', true),'t1'));
CREATE POLICY only_odd ON notes AS RESTRICTIVE FOR UPDATE USING (id % 2 = 1);
GRANT SELECT ON notes TO gl_reader;
RESET ROLE;
