import { expect, test } from "vitest";
import { roleFacts } from "./roles.ts";

test("superusers and groups are read out of pg_dumpall's SQL, whatever their names", () => {
  const globals = [
    "CREATE ROLE app;",
    "ALTER ROLE app WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS;",
    'CREATE ROLE "Äd ""min";',
    'ALTER ROLE "Äd ""min" WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;',
    "ALTER ROLE postgres WITH SUPERUSER INHERIT;",
    "ALTER ROLE app SET search_path TO 'x';",
    "GRANT readers TO app GRANTED BY postgres;",
    'GRANT "two\nlines" TO "Äd ""min" WITH ADMIN OPTION, INHERIT TRUE GRANTED BY postgres;',
    "GRANT pg_read_all_data TO app;",
    "GRANT CREATE ON TABLESPACE fast TO app;",
  ].join("\n");
  const { superusers, memberships } = roleFacts(globals);
  expect([...superusers]).toEqual(['Äd "min', "postgres"]);
  expect(memberships).toEqual([
    ["readers", "app"],
    ["two\nlines", 'Äd "min'],
    ["pg_read_all_data", "app"],
  ]);
});
