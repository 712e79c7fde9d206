import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../tests/free-port.ts";
import { type PostgresServer, startPostgres } from "../../../tests/postgres-server.ts";

type Reachable = Pick<PostgresServer, "host" | "port" | "user" | "password" | "bin">;

/** A server whose write-ahead log is archived into a folder, with a base backup from its beginning. */
export interface ArchivingServer {
  readonly server: PostgresServer;
  /** Closes the segment that is written to, and waits until it is in the archive. */
  archiveUpToNow(): Promise<void>;
  /** A server out of the archive, as it was before a position; throws what PostgreSQL said when it cannot be had. */
  recoverBefore(lsn: string): Promise<RecoveredServer>;
  stop(): Promise<void>;
}

export interface RecoveredServer extends Reachable {
  stop(): Promise<void>;
}

export async function startArchiving(databases: readonly string[]): Promise<ArchivingServer> {
  const home = mkdtempSync(join(tmpdir(), "golive-archive-"));
  const archive = join(home, "archive");
  mkdirSync(archive);
  for (const path of [home, archive]) chmodSync(path, 0o777);
  const command = `archive_command='test ! -f ${archive}/%f && cp %p ${archive}/%f'`;
  const server = await startPostgres({ databases, settings: ["archive_mode=on", command, "archive_timeout=60"] });
  const { uid, gid } = statSync(server.passwordFile);
  const base = join(home, "base");
  const from = ["-h", server.host, "-p", String(server.port), "-U", server.user];
  execFileSync(join(server.bin, "pg_basebackup"), [...from, "-D", base, "-X", "none", "--checkpoint=fast"], {
    ...{ cwd: home, uid, gid, stdio: ["ignore", "ignore", "pipe"] },
    env: { PATH: process.env.PATH, PGPASSWORD: server.password, LC_ALL: "C.UTF-8" },
  });
  const recovered: RecoveredServer[] = [];
  return {
    server,
    async archiveUpToNow() {
      const [closed = ""] = await ask(server, "select pg_walfile_name(pg_switch_wal())");
      await until("the segment in the archive", async () => {
        const [last = ""] = await ask(server, "select last_archived_wal from pg_stat_archiver");
        return last.slice(0, 24) >= closed;
      });
    },
    async recoverBefore(lsn) {
      const one = await recover(server, { home: mkdtempSync(join(home, "recovered-")), base, archive, lsn, uid, gid });
      recovered.push(one);
      return one;
    },
    async stop() {
      for (const one of recovered) await one.stop();
      await server.stop();
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

interface Recovery {
  readonly home: string;
  readonly base: string;
  readonly archive: string;
  readonly lsn: string;
  readonly uid: number;
  readonly gid: number;
}

async function recover(
  { bin, host, user, password }: PostgresServer,
  { home, base, archive, lsn, uid, gid }: Recovery,
): Promise<RecoveredServer> {
  const data = join(home, "data");
  execFileSync("cp", ["-a", base, data]);
  const settings = [
    "archive_mode=off",
    `restore_command='cp ${archive}/%f %p'`,
    `recovery_target_lsn='${lsn}'`,
    "recovery_target_inclusive=off",
    "recovery_target_action=promote",
  ];
  appendFileSync(join(data, "postgresql.auto.conf"), `${settings.join("\n")}\n`);
  writeFileSync(join(data, "recovery.signal"), "");
  for (const path of [home, join(data, "recovery.signal")]) chownSync(path, uid, gid);
  const port = await freePort();
  const argv = ["-D", data, "-h", host, "-p", String(port), "-k", home];
  const child = spawn("setpriv", ["--pdeathsig", "QUIT", join(bin, "postgres"), ...argv], {
    ...{ cwd: home, uid, gid, stdio: ["ignore", "ignore", "pipe"] },
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", TZ: "UTC" },
  });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-8000);
  });
  const one = { bin, host, user, password, port, stop: () => end(child) };
  try {
    await until("its recovery", async () => {
      if (child.exitCode !== null) throw new Ended(log);
      return (await ask(one, "select pg_is_in_recovery()"))[0] === "false";
    });
  } catch (error) {
    await one.stop();
    throw error;
  }
  return one;
}

/** The server said its last word; waiting is in vain. */
class Ended extends Error {}

async function until(what: string, met: () => Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + 60_000; ; ) {
    const is = await met().catch((error: unknown) => {
      if (error instanceof Ended) throw error;
      return false;
    });
    if (is) return;
    if (Date.now() > limit) throw new Error(`the server did not come to ${what} within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ask({ host, port, user, password }: Omit<Reachable, "bin">, text: string): Promise<string[]> {
  const client = new pg.Client({ host, port, user, password, database: "postgres", connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return ((await client.query({ text, rowMode: "array" })).rows as unknown[][]).map(([value]) => String(value));
  } finally {
    await client.end();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGQUIT");
  await ended;
}
