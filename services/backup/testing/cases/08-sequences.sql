-- Sequence state. Fresh database.
-- right: on the restored copy nextval gives: s_fresh 50, s_used 53, s_down -11, s_cycle 1, s_small 32767 then error, s_setfalse 42, t_id_seq 1000, s_odd 8
CREATE SEQUENCE s_fresh START 50;                                                     -- never called: last_value 50, is_called false
CREATE SEQUENCE s_used START 50 INCREMENT 3; SELECT nextval('s_used');
CREATE SEQUENCE s_down INCREMENT -10 MAXVALUE -1 MINVALUE -100; SELECT nextval('s_down');
CREATE SEQUENCE s_cycle MAXVALUE 3 CYCLE; SELECT setval('s_cycle', 3);
CREATE SEQUENCE s_small AS smallint; SELECT setval('s_small', 32766);
CREATE SEQUENCE s_setfalse; SELECT setval('s_setfalse', 42, false);
CREATE SEQUENCE s_odd MINVALUE -7 START 1 INCREMENT 15 CACHE 20; SELECT setval('s_odd', -7);
CREATE TABLE t (id serial PRIMARY KEY, v text); INSERT INTO t VALUES (5,'explicit id above the sequence'); ALTER SEQUENCE t_id_seq RESTART 1000;
CREATE TABLE owned_elsewhere (id int DEFAULT nextval('s_used')); ALTER SEQUENCE s_fresh OWNED BY owned_elsewhere.id;
