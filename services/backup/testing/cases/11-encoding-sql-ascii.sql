-- Bytes that are not UTF-8. createdb: --encoding=SQL_ASCII --locale=C --template=template0
-- right: backup, manifest, restore and verify all work; the restored database has the same encoding; bytes equal
--        (select encode(textsend(t),'hex') -> c3a9, e9, ff5c). A clear refusal is acceptable, a wrong copy is not.
SET client_encoding = 'SQL_ASCII';
CREATE TABLE raw (id int PRIMARY KEY, t text);
INSERT INTO raw VALUES (1, E'\xc3\xa9'), (2, E'\xe9'), (3, E'\xff\x5c');
CREATE TABLE utf8_name_later (id int);
COMMENT ON TABLE raw IS E'latin \xe9';
