-- Trigger states. Superuser (event for REPLICA/ALWAYS needs owner only).
-- right: after a full restore audit has exactly 2 rows (no trigger fired), and tgenabled is O,D,R,A as below, also on the partition.
CREATE TABLE audit (n bigserial, what text);
CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit(what) VALUES (TG_NAME); RETURN NEW; END $$;
CREATE TABLE t (id int); CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TRIGGER t_origin  AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION log_it();
CREATE TRIGGER t_off     AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION log_it();
CREATE TRIGGER t_replica AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION log_it();
CREATE TRIGGER t_always  AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION log_it();
CREATE TRIGGER p_trg     AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION log_it();
ALTER TABLE t DISABLE TRIGGER t_off; ALTER TABLE t ENABLE REPLICA TRIGGER t_replica; ALTER TABLE t ENABLE ALWAYS TRIGGER t_always;
ALTER TABLE p1 DISABLE TRIGGER p_trg;          -- differs from its parent
INSERT INTO t VALUES (1); INSERT INTO p VALUES (1); -- audit: t_origin, t_always
