-- Collations. createdb: --encoding=UTF8 --locale-provider=icu --icu-locale=und --locale=C.UTF-8 --template=template0   (PostgreSQL 15+)
-- right: the copy keeps datlocprovider=i and daticulocale=und; the manifest hash does not depend on the order the database's
--        collation gives; the two rows that are "equal" under ci are both counted and both hashed.
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE names (n text COLLATE ci, k int, PRIMARY KEY (n, k));
INSERT INTO names VALUES ('Ada',1),('ADA',2),('ada',3),('Éa',4),('ea',5);
CREATE TABLE sorted (t text); INSERT INTO sorted VALUES ('a'),('B'),('_'),('Z'),('é'),('-b');
CREATE INDEX ON names (lower(n)); CREATE DOMAIN citext2 AS text COLLATE ci; CREATE TABLE d (c citext2 UNIQUE); INSERT INTO d VALUES ('X');
