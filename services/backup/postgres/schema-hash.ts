import { createHash } from "node:crypto";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { howItEnded, startChild } from "./child.ts";
import type { ClientProgram } from "./client-program.ts";

export interface SchemaOptions {
  /** Name of an exported snapshot to read at. */
  readonly snapshot?: string;
  /** To write in. @default what the role's sessions are told to speak */
  readonly encoding?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly lockWaitSeconds: number;
  readonly signal?: AbortSignal;
}

/** Owners, rights and places differ between a database and an honest copy of it on another server. */
const leftOut = [
  "--no-owner",
  "--no-privileges",
  "--no-tablespaces",
  "--no-publications",
  "--no-subscriptions",
] as const;

/**
 * The SQL that makes the schema, as `pg_dump --schema-only` writes it, without what differs from run to run: versions, the
 * session's settings, the key of `\restrict`. Entries are in pg_dump's order.
 *
 * @throws BACKUP_FAILED when pg_dump does not end well.
 */
export async function schemaSql(
  program: ClientProgram,
  config: PostgresConfig,
  database: string,
  { snapshot, encoding, include = [], exclude = [], lockWaitSeconds, signal }: SchemaOptions,
): Promise<string> {
  const args = [
    "--schema-only",
    ...leftOut,
    ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
    `--lock-wait-timeout=${lockWaitSeconds * 1000}`,
    "--no-password",
    ...scopeArgs({ include, exclude }),
  ];
  const settings: Record<string, string> = encoding === undefined ? {} : { client_encoding: encoding };
  await using child = startChild(program.path, args, config, database, settings, signal);
  const chunks: Buffer[] = [];
  for await (const chunk of child.process.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  const ended = await child.ended;
  if (ended.code !== 0)
    throw new GoliveError(
      "BACKUP_FAILED",
      howItEnded("pg_dump --schema-only", ended, child.stderr()),
      "Cure what pg_dump names, then run the same command again.",
    );
  return normalised(Buffer.concat(chunks).toString("utf8"));
}

/** The same for pg_dump of the schema and of the rows. */
export const scopeArgs = ({
  include,
  exclude,
}: {
  include: readonly string[];
  exclude: readonly string[];
}): string[] => [
  ...include.map((pattern) => `--table=${pattern}`),
  ...exclude.map((pattern) => `--exclude-table=${pattern}`),
];

/** Where one entry of pg_dump's ends and the next begins. */
const entryHead = /^--\n-- Name: /m;

export function normalised(sql: string): string {
  const [, ...entries] = sql.split(entryHead);
  return entries.map((entry) => `-- Name: ${tidied(entry)}\n`).join("\n");
}

function tidied(entry: string): string {
  return entry
    .replace(/\n--\n\n-- Completed on [^\n]*\n/, "\n")
    .split("\n")
    .filter(
      (line) =>
        !/^(SET [a-z_]+ = .*;|\\(un)?restrict [^ ]*|SELECT pg_catalog\.set_config\('search_path', .*)$/.test(line),
    )
    .join("\n")
    .replace(/\n--\n-- PostgreSQL database dump complete\n--\n/, "\n")
    .replaceAll(/\n{2,}/g, "\n")
    .trim();
}

/**
 * SHA-256 of a schema's entries in an order of their own, since pg_dump's follows from dependencies. Equal hashes are equal schemas.
 * Unequal ones need a look at the texts: Postgres itself may write an expression otherwise after a restore.
 */
export function schemaHash(sql: string): string {
  const entries = sql
    .split(/^(?=-- Name: )/m)
    .map((entry) => entry.trim())
    .sort();
  return createHash("sha256").update(entries.join("\n")).digest("hex");
}
