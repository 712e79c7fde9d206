-- Replication objects and a prepared transaction. Superuser; wal_level=logical, max_prepared_transactions>0.
-- Run one copy per cluster at a time and clean up: an open prepared transaction anywhere makes slot creation wait for ever.
-- right: copy has the publication; its subscription is disabled and never connects; the tool says beforehand that
--        (1) the prepared transaction blocks the rename, (2) the subscription blocks DROP DATABASE, (3) dropping the old
--        database would silently delete inactive slot gl_slot_<n>. Nothing is dropped or rolled back without a flag.
CREATE TABLE pub_t (id int PRIMARY KEY, v text, secret text); INSERT INTO pub_t VALUES (1,'a','s');
CREATE PUBLICATION p_part FOR TABLE pub_t (id, v) WHERE (id > 0) WITH (publish = 'insert'); CREATE PUBLICATION p_all FOR ALL TABLES;
CREATE SUBSCRIPTION sub_prod CONNECTION 'host=192.0.2.1 port=5432 dbname=prod user=repl password=hunter2 connect_timeout=2'
  PUBLICATION p_all WITH (connect = false, slot_name = 'prod_slot');
SELECT pg_create_logical_replication_slot('gl_slot_' || (SELECT oid FROM pg_database WHERE datname = current_database()), 'pgoutput');
BEGIN; INSERT INTO pub_t VALUES (2,'in doubt','s'); PREPARE TRANSACTION 'gl_prepared';
-- clean up: ROLLBACK PREPARED 'gl_prepared'; ALTER SUBSCRIPTION sub_prod SET (slot_name = NONE); DROP SUBSCRIPTION sub_prod; drop the slot.
