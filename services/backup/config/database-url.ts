import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Env } from "./check.ts";

/** As PG* variables; the parts of the address that are missing are left out. The address is never quoted: it holds the password. */
export function fromDatabaseUrl(text: string): Env {
  let url: URL;
  try {
    url = new URL(text);
    if (!/^postgres(ql)?:$/.test(url.protocol)) throw new Error(url.protocol);
    const parts = {
      PGHOST: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      PGPORT: url.port,
      PGUSER: url.username,
      PGPASSWORD: url.password,
      PGDATABASE: url.pathname.replace(/^\//, ""),
      PGSSLROOTCERT: url.searchParams.get("sslrootcert") ?? "",
    };
    return Object.fromEntries(
      Object.entries(parts).flatMap(([name, value]) => (value === "" ? [] : [[name, decodeURIComponent(value)]])),
    );
  } catch {
    throw new GoliveError(
      "CONFIG_INVALID",
      "DATABASE_URL is no address of the form postgres://user:password@host:port/database",
      "Write %XX for every character of the password that is not a letter or a digit, or use PGPASSWORD_FILE instead.",
    );
  }
}
