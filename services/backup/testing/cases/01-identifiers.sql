-- Odd identifiers. Run as superuser in a fresh UTF8 database.
-- right: every table below appears in the manifest under an unambiguous name, with the row count written in its comment.
CREATE SCHEMA " lead"; CREATE SCHEMA "trail "; CREATE SCHEMA "select"; CREATE SCHEMA "a.b"; CREATE SCHEMA a;
CREATE TABLE " lead"." lead " (" id " int PRIMARY KEY, "q""uote" text, "ünïcödé" text, "new
line" text, "$1" text, "%s" text, "back\slash" text, "comma,tab	" text);
INSERT INTO " lead"." lead " SELECT g,'"','ß',E'\n','$$','%d','\','a,b' FROM generate_series(1,2) g;   -- 2 rows
CREATE TABLE "select"."table" ("from" int, "where" int);  INSERT INTO "select"."table" VALUES (1,1),(2,2),(3,3); -- 3
CREATE TABLE "select"."Table" ("from" int);               INSERT INTO "select"."Table" VALUES (1);               -- 1
CREATE TABLE "select"."TABLE" ("from" int);               -- 0
-- these two print the same when schema and table are joined by a dot without quoting
CREATE TABLE "a.b".c (id int);   INSERT INTO "a.b".c SELECT generate_series(1,4);    -- 4
CREATE TABLE a."b.c" (id int);   INSERT INTO a."b.c" SELECT generate_series(1,5);    -- 5
-- 63 bytes, ending inside no character; and one that differs only in the last byte
CREATE TABLE "trail "."ééééééééééééééééééééééééééééééé1" (id int); INSERT INTO "trail "."ééééééééééééééééééééééééééééééé1" SELECT generate_series(1,6); -- 6
CREATE TABLE "trail "."ééééééééééééééééééééééééééééééé2" (id int); -- 0
CREATE TABLE "'; DROP TABLE t; --" (id int); INSERT INTO "'; DROP TABLE t; --" VALUES (1); -- 1
CREATE TABLE "*" (id int); INSERT INTO "*" VALUES (1),(2);                                 -- 2
CREATE TABLE "-t" (id int); CREATE TABLE "tbl|pipe`tick" (id int);                         -- 0, 0
CREATE TABLE pg_like (id int); INSERT INTO pg_like VALUES (1);                             -- 1: a user table whose name starts with pg_
CREATE TYPE "enum type" AS ENUM ('a''b','','c"d','é');
CREATE TABLE public."enum user" (e "enum type"); INSERT INTO "enum user" VALUES (''),('a''b');     -- 2
COMMENT ON TABLE "'; DROP TABLE t; --" IS E'it''s a "comment"\nwith a line break and $$ and \\';
