import type { Manifest, ServerFacts } from "../catalogue/manifest.ts";
import type { Session } from "../postgres/session.ts";
import { drillFailed } from "./drill-failure.ts";

/** What the throwaway server must offer before a restore can say anything about a backup. @throws DRILL_FAILED */
export async function checkParity(session: Session, { server }: Pick<Manifest, "server">): Promise<string[]> {
  const offered = new Map(
    (
      await session.query<{ name: string; version: string | null }>(
        "select name, default_version as version from pg_catalog.pg_available_extensions",
      )
    ).map(({ name, version }) => [name, version]),
  );
  const missing = server.extensions.filter(({ name }) => !offered.has(name));
  if (missing.length > 0)
    throw drillFailed(
      `the throwaway server lacks the extensions ${missing.map(({ name, version }) => `${name} ${version}`).join(", ")}`,
      "Install their packages beside the server programs, for one in the image backup-drill.",
    );
  // A dump names no version, so the copy gets the one that is installed.
  return server.extensions.flatMap(({ name, version }) => {
    const here = offered.get(name);
    return here === version ? [] : [`extension ${name} is restored as ${here}, the backup had ${version}`];
  });
}

type Locale = Pick<ServerFacts, "encoding" | "localeProvider" | "collate" | "ctype" | "locale">;

/** What is not as it was in how the copy encodes and sorts text. */
export async function localeDifferences(session: Session, expected: Locale): Promise<string[]> {
  const found = await readLocale(session);
  return (Object.keys(found) as (keyof Locale)[]).flatMap((key) =>
    found[key] === expected[key]
      ? []
      : [`the database's ${key} is ${found[key] ?? "none"}, it was ${expected[key] ?? "none"}`],
  );
}

async function readLocale(session: Session): Promise<Locale> {
  const major = session.serverMajor;
  const column = major >= 17 ? "datlocale" : major >= 15 ? "daticulocale" : "null";
  const [row] = await session.query<
    Record<"encoding" | "provider" | "collate" | "ctype", string> & { locale: string | null }
  >(
    `select pg_catalog.pg_encoding_to_char(encoding) as encoding, ${major >= 15 ? "datlocprovider" : "'c'"} as provider,
            datcollate as collate, datctype as ctype, ${column} as locale
       from pg_catalog.pg_database where datname = pg_catalog.current_database()`,
  );
  if (row === undefined) throw new Error("the server knows no database of this session");
  const { encoding, provider, collate, ctype, locale } = row;
  return { encoding, localeProvider: providers[provider] ?? "libc", collate, ctype, locale };
}

const providers: Readonly<Record<string, ServerFacts["localeProvider"]>> = { c: "libc", i: "icu", b: "builtin" };
