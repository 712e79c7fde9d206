-- Constraints that today's data would not pass, and circles. Fresh database.
-- right: everything restores; the two NOT VALID constraints are still convalidated = f; deferrability kept;
--        view v_dep (needs the primary key) exists; a data-only or table-by-table restore must not be used.
CREATE TABLE a (id int PRIMARY KEY, b_id int); CREATE TABLE b (id int PRIMARY KEY, a_id int);
ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b DEFERRABLE INITIALLY DEFERRED; ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a;
BEGIN; INSERT INTO a VALUES (1,1); INSERT INTO b VALUES (1,1); COMMIT;
CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree); INSERT INTO tree VALUES (2,NULL),(1,2);
CREATE TABLE legacy (id int PRIMARY KEY, a_id int, qty int); INSERT INTO legacy VALUES (1,999,-5);
ALTER TABLE legacy ADD CONSTRAINT legacy_fk FOREIGN KEY (a_id) REFERENCES a NOT VALID;
ALTER TABLE legacy ADD CONSTRAINT legacy_qty CHECK (qty > 0) NOT VALID;
CREATE VIEW v_dep AS SELECT id, qty FROM legacy GROUP BY id;
CREATE EXTENSION btree_gist; CREATE TABLE booking (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO booking VALUES (1,'[2026-01-01,2026-01-02)'),(1,'[2026-01-02,infinity)'),(1,'empty');
CREATE UNIQUE INDEX nn ON legacy (a_id) NULLS NOT DISTINCT; ALTER TABLE legacy REPLICA IDENTITY FULL; ALTER TABLE a CLUSTER ON a_pkey;
