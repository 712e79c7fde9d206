-- Values whose text form depends on session settings, with those settings changed on the database.
-- right: (a) the manifest hash is the same when taken from the source and from a restored copy that lacks the settings;
--        (b) each of the edits at the bottom, made on the restored copy, changes the hash of table v.
CREATE TABLE v (id int PRIMARY KEY, f8 float8, f4 float4, n numeric, ts timestamp, tz timestamptz, d date, iv interval, b bytea, j json, jb jsonb, arr float8[]);
INSERT INTO v VALUES
 (1,'-0','-0','0.00','infinity','infinity','infinity','-1 year 2 mons 3 days -04:05:06.789','\x00ff5c','{"a":1,"a":2, "b":1.0}','{"n":1.00,"b":[]}','{-0,NaN}'),
 (2,'NaN','NaN','NaN','-infinity','-infinity','-infinity','0','\x','null','null','{}'),
 (3,'Infinity','-Infinity','Infinity','0044-03-15 12:00:00 BC','0044-03-15 12:00:00+00 BC','4713-01-01 BC','178000000 years','\x5c785c6e','"\u00e9"','"é"',NULL),
 (4,0.1::float8+0.2::float8,0.1::float4,123456789012345678901234567890.000000001,'294276-12-31 23:59:59.999999','2026-10-25 00:30:00+00','5874897-12-31','1 mon -1 day','\x27','[]','[1E400]','{1e308,5e-324}');
ALTER DATABASE :"DBNAME" SET datestyle = 'German, DMY';
ALTER DATABASE :"DBNAME" SET timezone = 'Asia/Kathmandu';
ALTER DATABASE :"DBNAME" SET extra_float_digits = -10;
ALTER DATABASE :"DBNAME" SET bytea_output = 'escape';
ALTER DATABASE :"DBNAME" SET intervalstyle = 'sql_standard';
-- edits for (b), one at a time:
--   UPDATE v SET f8 = 0 WHERE id = 1;                       -- only the sign of zero
--   UPDATE v SET n = 0.0 WHERE id = 1;                      -- only the scale
--   UPDATE v SET j = '{"a":2,"b":1.0}' WHERE id = 1;        -- json text, same jsonb
--   UPDATE v SET f8 = 0.3 WHERE id = 4;                     -- one unit in the last place
--   UPDATE v SET iv = '29 days' WHERE id = 4;               -- equal by "=", different value
