import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { ensurePackages, ensureTools, toolPath } from "@golive/local/toolchain/index.ts";
import { execa } from "execa";
import { type ObjectServer, startObjectServer } from "../../services/backup/testing/object-server.ts";
import { type PostgresServer, postgresMissing, startPostgres } from "../../tests/postgres-server.ts";

const backupProgram = join(import.meta.dirname, "../../services/backup/main.ts");

/** Debian packages of the peers and of the clock; pgBackRest, which is one arm's alone, is not among them. */
const packages = ["zstd", "age", "time"] as const;

/** Real durability: a benchmark against a server that never syncs would flatter whoever writes to it. */
const settings = [
  "fsync=on",
  "synchronous_commit=on",
  "full_page_writes=on",
  "shared_buffers=256MB",
  "maintenance_work_mem=128MB",
  "max_wal_size=4GB",
  "wal_level=replica",
  // It would come to the new tables in the middle of a round.
  "autovacuum=off",
];

interface Parts {
  readonly folder: string;
  /** Of this world's arms. */
  readonly database: string;
  readonly postgres: PostgresServer;
  readonly objects: ObjectServer;
  /** Folder with the keys. */
  readonly keys: string;
  /** File with the age recipients. */
  readonly recipients: string;
  /** Command line of golive-backup. */
  readonly ours: (...args: string[]) => string[];
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A database, stores to back it up into, and keys, all in one temporary folder that disposing of it removes. */
export type BenchWorld = Parts & AsyncDisposable;

/** Environment of the peers: libpq's variables. */
export function libpqOf({ postgres, database, folder }: Parts): Record<string, string> {
  return {
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGPASSWORD: postgres.password,
    PGDATABASE: database,
    PATH: [postgres.bin, "/usr/bin", "/bin"].join(delimiter),
    LC_ALL: "C.UTF-8",
    HOME: folder,
  };
}

/** Environment of golive-backup for a store of a kind. */
export function environmentOf(world: Parts, store: "disk" | "s3"): Record<string, string> {
  return {
    ...libpqOf(world),
    ...asInImage(world),
    PG_BIN: world.postgres.bin,
    BACKUP_STORES: store,
    BACKUP_FOLDER: join(world.folder, "disk"),
    BACKUP_SCRATCH_FOLDER: world.folder,
    BACKUP_RECIPIENTS_FILE: world.recipients,
    BACKUP_IDENTITY_FILE: join(world.keys, "operations-identity"),
    BACKUP_SIGNING_KEY_FILE: join(world.keys, "signing.pem"),
    BACKUP_TRUSTED_KEYS_FILE: join(world.keys, "trusted.pem"),
    ...world.objects.env,
  };
}

export async function benchWorld({ report, signal }: Pick<BenchWorld, "report" | "signal">): Promise<BenchWorld> {
  const missing = postgresMissing();
  if (missing !== undefined)
    throw new GoliveError("TOOL_MISSING", missing, "Install it with `apt-get install postgresql`.");
  await ensurePackages(packages, { report, signal });
  await ensureTools(["versitygw"], { report, signal });
  await using made = new AsyncDisposableStack();
  const folder = made.adopt(mkdtempSync(join(tmpdir(), "golive-bench-")), (path) =>
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  );
  // Postgres runs under another user and has to get through; whatever makes temporary files makes them here.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  const postgres = made.adopt(await startPostgres({ settings }), (server) => server.stop());
  const objects = made.adopt(await startObjectServer(toolPath("versitygw")), (server) => server.stop());
  const keys = join(folder, "keys");
  const parts: Parts = {
    ...{ folder, postgres, objects, keys, report, signal },
    database: "bench",
    recipients: join(keys, "recipients"),
    ours: (...args) => [backupProgram, ...args],
  };
  mkdirSync(join(folder, "disk"));
  await makeKeys(parts);
  await run(parts, ["bucket", "ensure"], { ...environmentOf(parts, "s3"), BACKUP_LOCK_DAYS: "1" });
  const all = made.move();
  return { ...parts, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function makeKeys(parts: Parts): Promise<void> {
  const { keys, recipients } = parts;
  for (const name of ["operations", "escrow"]) await run(parts, ["keys", "new", "age", "--name", name, "--out", keys]);
  await run(parts, ["keys", "new", "ed25519", "--out", keys]);
  const halves = ["operations", "escrow"].map((name) => readFileSync(join(keys, `${name}-recipient`), "utf8"));
  writeFileSync(recipients, halves.join(""));
}

/** Started as its image starts it: by its first line, under this Node, with its modules compiled before. */
function asInImage({ folder, postgres }: Pick<Parts, "folder" | "postgres">): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), postgres.bin, "/usr/bin", "/bin"].join(delimiter),
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  };
}

async function run(parts: Parts, args: string[], env: Record<string, string> = {}): Promise<void> {
  const [program = "", ...rest] = parts.ours(...args);
  await execa(program, rest, { env: { ...asInImage(parts), ...env }, extendEnv: false, cancelSignal: parts.signal });
}

/** Bytes of everything below a folder. */
export function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  const out = execFileSync("du", ["--apparent-size", "--block-size=1", "--summarize", folder], { encoding: "utf8" });
  return Number.parseInt(out, 10);
}
