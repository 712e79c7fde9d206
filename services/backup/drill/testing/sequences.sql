-- Sequences whose next number is easily wrong in a copy. Right: s_fresh 50, s_used 53, s_down -11, s_cycle 1, s_small 32767 and then
-- an end, s_setfalse 42, t_id_seq 1000, s_odd 8.
create sequence s_fresh start 50;
create sequence s_used start 50 increment 3; select nextval('s_used');
create sequence s_down increment -10 maxvalue -1 minvalue -100; select nextval('s_down');
create sequence s_cycle maxvalue 3 cycle; select setval('s_cycle', 3);
create sequence s_small as smallint; select setval('s_small', 32766);
create sequence s_setfalse; select setval('s_setfalse', 42, false);
create sequence s_odd minvalue -7 start 1 increment 15 cache 20; select setval('s_odd', -7);
create table t (id serial primary key, v text); insert into t values (5, 'explicit id above the sequence');
alter sequence t_id_seq restart 1000;
create table owned_elsewhere (id int default nextval('s_used')); alter sequence s_fresh owned by owned_elsewhere.id;
