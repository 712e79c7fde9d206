import { GoliveError } from "@golive/errors/golive-error.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { howItEnded, startChild } from "../postgres/child.ts";
import { findClientProgram } from "../postgres/client-program.ts";

/** Ten thousand roles need a few megabytes. */
const mostBytes = 64 * 1024 ** 2;

/** SQL of the server's roles and tablespaces, or why this role may not have it. */
export type Globals = { readonly sql: Buffer } | { readonly refused: string };

/**
 * Roles, memberships and tablespaces belong to no database, so no dump of one holds them. Without passwords: their hashes are
 * worth stealing, and on managed servers nobody may read them.
 */
export async function readGlobals(config: PostgresConfig, serverMajor: number, signal?: AbortSignal): Promise<Globals> {
  const program = await findClientProgram("pg_dumpall", serverMajor, { bin: config.bin });
  // With no --database it tries `postgres`; any other has to be quoted as libpq's connection settings are.
  const database = `dbname='${config.maintenanceDatabase.replaceAll(/['\\]/g, "\\$&")}'`;
  const args = [
    "--globals-only",
    "--no-role-passwords",
    "--no-password",
    // Read as such by whoever makes these roles elsewhere.
    "--encoding=UTF8",
    `--lock-wait-timeout=${config.lockWaitSeconds * 1000}`,
  ];
  if (config.maintenanceDatabase !== "postgres") args.push(`--database=${database}`);
  await using child = startChild(program.path, args, config, config.maintenanceDatabase, {}, signal);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of child.process.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) return { refused: `the roles of this server are more than ${mostBytes} bytes of SQL` };
    chunks.push(chunk);
  }
  const ended = await child.ended;
  const how = howItEnded("pg_dumpall", ended, child.stderr());
  if (ended.code === 0) return { sql: Buffer.concat(chunks) };
  // It said no by itself, and would say it again; killed or not started is another matter.
  if (ended.code === 1) return { refused: how };
  throw new GoliveError("BACKUP_FAILED", how, "No backup was made. Run the same command again.");
}
