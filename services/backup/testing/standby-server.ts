import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../tests/free-port.ts";
import type { PostgresServer } from "../../../tests/postgres-server.ts";

/** A hot standby of a test server, streaming from it; gone after `stop()`. */
export interface StandbyServer extends Pick<PostgresServer, "host" | "port" | "user" | "password" | "bin"> {
  /** Until it has replayed all that the primary has written. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStandby(
  primary: PostgresServer,
  { settings = [] }: { settings?: readonly string[] } = {},
): Promise<StandbyServer> {
  const { uid, gid } = statSync(primary.passwordFile);
  const home = mkdtempSync(join(tmpdir(), "golive-standby-"));
  chownSync(home, uid, gid);
  chmodSync(home, 0o700);
  const data = join(home, "data");
  const as = { cwd: home, uid, gid, env: { PATH: process.env.PATH, PGPASSWORD: primary.password, LC_ALL: "C.UTF-8" } };
  const from = ["-h", primary.host, "-p", String(primary.port), "-U", primary.user];
  execFileSync(join(primary.bin, "pg_basebackup"), [...from, "-D", data, "-R", "--checkpoint=fast", "--no-sync"], {
    ...as,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const port = await freePort();
  const more = settings.flatMap((setting) => ["-c", setting]);
  const child = spawn(
    "setpriv",
    [
      "--pdeathsig",
      "QUIT",
      join(primary.bin, "postgres"),
      "-D",
      data,
      "-h",
      primary.host,
      "-p",
      String(port),
      "-k",
      home,
      ...more,
    ],
    { ...as, stdio: "ignore" },
  );
  const { host, user, password, bin } = primary;
  const ask = async (port: number, text: string): Promise<string> => {
    const client = new pg.Client({ host, port, user, password, database: "postgres" });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return String((await client.query({ text, rowMode: "array" })).rows[0]?.[0]);
    } finally {
      await client.end();
    }
  };
  const until = async (what: string, met: () => Promise<boolean>): Promise<void> => {
    for (const limit = Date.now() + 60_000; !(await met().catch(() => false)); ) {
      if (Date.now() > limit || child.exitCode !== null) throw new Error(`the standby did not come to ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await until("answer", async () => (await ask(port, "select pg_is_in_recovery()")) === "true");
  return {
    host,
    port,
    user,
    password,
    bin,
    async caughtUp() {
      const lsn = await ask(primary.port, "select pg_current_wal_lsn()");
      await until(
        `replay ${lsn}`,
        async () => (await ask(port, `select pg_last_wal_replay_lsn() >= '${lsn}'`)) === "true",
      );
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGQUIT");
        await ended;
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
