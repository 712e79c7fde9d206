-- Materialized views that only refresh with the usual search_path. Superuser or owner.
-- right: the drill names the matviews that would not refresh, table data is complete, exit code is not 0,
--        and a restore never swaps such a copy in silently. mv_never was WITH NO DATA in the source and stays unpopulated.
CREATE TABLE docs (id int PRIMARY KEY, body text); INSERT INTO docs SELECT g,'word'||g FROM generate_series(1,10) g;
CREATE FUNCTION doc_count() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM docs $$;
CREATE FUNCTION doc_total() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT doc_count() * 2 $$;
CREATE MATERIALIZED VIEW mv_fn    AS SELECT doc_total() AS n;
CREATE MATERIALIZED VIEW mv_text  AS SELECT word, nentry FROM ts_stat('SELECT to_tsvector(''simple'', body) FROM docs');
CREATE MATERIALIZED VIEW mv_on_mv AS SELECT n + 1 AS n1 FROM mv_fn;
CREATE MATERIALIZED VIEW mv_ok    AS SELECT count(*) AS n FROM public.docs;
CREATE MATERIALIZED VIEW mv_never AS SELECT id FROM public.docs WITH NO DATA;
CREATE UNIQUE INDEX ON mv_ok(n);
