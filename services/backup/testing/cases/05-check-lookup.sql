-- Constraints that read another table: they hold in the source, but data loads before the lookup rows (or cannot see them).
-- right: rows are not lost silently. The drill reports both tables, gives the cause, and exits not 0.
CREATE TABLE zz_codes (code text PRIMARY KEY); INSERT INTO zz_codes VALUES ('eur'),('usd');
CREATE FUNCTION code_ok(c text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN EXISTS (SELECT 1 FROM public.zz_codes z WHERE z.code = c); END $$;
CREATE FUNCTION code_ok_unqualified(c text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN EXISTS (SELECT 1 FROM zz_codes z WHERE z.code = c); END $$;
-- loads first by name, so the lookup table is still empty
CREATE TABLE aa_orders (id int PRIMARY KEY, code text CHECK (code_ok(code)));            INSERT INTO aa_orders VALUES (1,'eur'),(2,'usd');
CREATE DOMAIN cur AS text CHECK (code_ok_unqualified(VALUE));
CREATE TABLE zzz_prices (id int PRIMARY KEY, c cur);                                     INSERT INTO zzz_prices VALUES (1,'eur'),(2,'usd');
