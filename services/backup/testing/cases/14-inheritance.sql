-- Plain inheritance. Fresh database.
-- right: manifest counts are animal 1, cat 2, dog 1, both_ 1 (ONLY), not 5/3/2/1; hash of animal does not cover children.
CREATE TABLE animal (id int, name text DEFAULT 'x', CONSTRAINT own_only CHECK (id < 100) NO INHERIT);
CREATE TABLE cat (lives int, CONSTRAINT pos CHECK (lives > 0)) INHERITS (animal);
CREATE TABLE dog (id int, good boolean) INHERITS (animal);                 -- id both local and inherited
CREATE TABLE both_ () INHERITS (cat, dog);
ALTER TABLE cat ALTER COLUMN name SET DEFAULT 'tom';
INSERT INTO animal VALUES (1,'a'); INSERT INTO cat VALUES (500,'c',9),(501,'c2',8); INSERT INTO dog VALUES (2,'d',true); INSERT INTO both_ VALUES (3,'b',1,false);
