-- Foreign tables behind a dead server. Superuser.
-- right: backup and manifest never query a foreign table, also not through its root (SELECT count(*) FROM parted fails or hangs);
--        parted_local 1 row, local_t 2 rows; mv_remote "not populated, as in the source"; the user mapping's password, which IS in the
--        dump, appears in no log, manifest, report or error text; a dump that holds such passwords is never stored unencrypted.
CREATE EXTENSION postgres_fdw;
CREATE SERVER dead FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1', port '5432', dbname 'x', connect_timeout '2');
CREATE USER MAPPING FOR PUBLIC SERVER dead OPTIONS (user 'u', password 'hunter2-fdw');
CREATE FOREIGN TABLE remote_t (id int, v text) SERVER dead OPTIONS (table_name 't');
CREATE TABLE local_t (id int PRIMARY KEY); INSERT INTO local_t VALUES (1),(2);
CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id); CREATE TABLE parted_local PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE FOREIGN TABLE parted_remote PARTITION OF parted FOR VALUES FROM (10) TO (20) SERVER dead OPTIONS (table_name 't');
INSERT INTO parted VALUES (1,'here');
CREATE MATERIALIZED VIEW mv_remote AS SELECT * FROM remote_t WITH NO DATA;
CREATE VIEW v_remote AS SELECT count(*) FROM remote_t;
