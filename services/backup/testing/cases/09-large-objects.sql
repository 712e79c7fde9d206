-- Large objects. Superuser.
-- right: both objects come back with the same OID, bytes, owner, ACL and comment, also when only some schemas are selected
--        (or the tool says plainly that large objects are left out); the manifest covers them.
DO $$ BEGIN CREATE ROLE gl_lo_owner; EXCEPTION WHEN duplicate_object THEN END $$;
CREATE TABLE files (id int PRIMARY KEY, data oid);
SELECT lo_create(770001), lo_create(770002);
SELECT lo_put(770001, 0, convert_to(repeat('0123456789abcdef', 4096), 'UTF8'));      -- 65536 bytes
SELECT lo_put(770001, 200000, '\x00ff');                                               -- sparse: a hole of zeros up to 200000
SELECT lo_put(770002, 0, 'orphan'::bytea);                                             -- no row points here
INSERT INTO files VALUES (1, 770001);
ALTER LARGE OBJECT 770001 OWNER TO gl_lo_owner; GRANT SELECT ON LARGE OBJECT 770001 TO PUBLIC;
COMMENT ON LARGE OBJECT 770001 IS 'scan';
