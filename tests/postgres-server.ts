import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { freePort } from "./free-port.ts";

/** A real Postgres on a free loopback port, for tests. Loopback only, SCRAM password, no fsync, gone after `stop()`. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** The superuser. */
  readonly user: string;
  readonly password: string;
  /** The same password in a file, for programs that take it from a mounted secret. */
  readonly passwordFile: string;
  /** Of the first database asked for, or of `postgres`. */
  readonly url: string;
  /** Folder with `pg_dump`, `psql`, … of the same version as the server. */
  readonly bin: string;
  /** Clean end; the data folder goes with it. Safe to call twice and after `kill()`. */
  stop(): Promise<void>;
  /** SIGKILL of the postmaster and its backends, as a crash would be; the data stays, `restart()` recovers it. */
  kill(): Promise<void>;
  /** Starts again on the same port and data after `kill()`. */
  restart(): Promise<void>;
}

export interface PostgresOptions {
  /** Created empty, owned by the superuser. */
  readonly databases?: readonly string[];
  /** More lines for postgresql.conf, such as `max_connections=20`. */
  readonly settings?: readonly string[];
}

/** Folder of the newest PostgreSQL server programs of this machine, or undefined with none installed. */
export function postgresBin(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .filter((version) => existsSync(join(root, version, "bin", "initdb")))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, "bin"))[0];
}

/** Why `startPostgres` cannot work here, for `test.skipIf`; undefined when it can. */
export function postgresMissing(): string | undefined {
  return postgresBin() ? undefined : "no PostgreSQL server programs in /usr/lib/postgresql: install `postgresql`";
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = postgresBin();
  if (!bin) throw new Error(postgresMissing());
  const owner = unprivileged();
  const home = mkdtempSync(join(tmpdir(), "golive-postgres-"));
  const data = join(home, "data");
  const password = randomBytes(18).toString("base64url");
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chmodSync(home, 0o700);
  if (owner) for (const path of [home, passwordFile]) chownSync(path, owner.uid, owner.gid);

  const as = { cwd: home, env: { PATH: `${bin}:/usr/bin:/bin`, LC_ALL: "C.UTF-8", TZ: "UTC" }, ...owner };
  const initdb = ["-D", data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync"];
  execFileSync(join(bin, "initdb"), [...initdb, "--encoding=UTF8"], { ...as, stdio: ["ignore", "ignore", "pipe"] });
  const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB"];
  writeFileSync(join(data, "postgresql.auto.conf"), [...settings, ...(options.settings ?? []), ""].join("\n"));
  if (owner) chownSync(join(data, "postgresql.auto.conf"), owner.uid, owner.gid);

  const host = "127.0.0.1";
  const port = await freePort();
  let child: ChildProcess | undefined;
  let stderr = "";

  const start = async (): Promise<void> => {
    const argv = ["-D", data, "-h", host, "-p", String(port), "-k", home];
    // Should the test process be killed outright, the kernel ends the server with it.
    const server = spawn("setpriv", ["--pdeathsig", "QUIT", join(bin, "postgres"), ...argv], {
      ...as,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child = server;
    server.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-4000);
    });
    await untilAnswers({ host, port, user: "postgres", password, database: "postgres" }, () => {
      if (server.exitCode !== null) throw new Error(`postgres ended at start with ${server.exitCode}: ${stderr}`);
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const server = child;
    child = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill(signal);
    await ended;
  };
  const removeAtExit = (): void => {
    child?.kill("SIGQUIT");
    rmSync(home, { recursive: true, force: true });
  };
  process.once("exit", removeAtExit);

  await start();
  const server: PostgresServer = {
    host,
    port,
    user: "postgres",
    password,
    passwordFile,
    bin,
    url: `postgres://postgres:${password}@${host}:${port}/${options.databases?.[0] ?? "postgres"}`,
    // SIGQUIT is Postgres's immediate stop; its data folder is removed, so a checkpoint would be wasted time.
    stop: async () => {
      await end("SIGQUIT");
      process.off("exit", removeAtExit);
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
    kill: () => end("SIGKILL"),
    restart: () => startAgain(start),
  };
  try {
    await createDatabases(server, options.databases ?? []);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Postgres refuses to run as root, so root hands it to `postgres` or, without that user, `nobody`. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // This user does not exist here; the next one may.
    }
  }
  throw new Error("postgres cannot run as root, and neither `postgres` nor `nobody` exists");
}

/** Backends of a killed postmaster hold its shared memory until they notice; Postgres refuses to start before that. */
async function startAgain(start: () => Promise<void>): Promise<void> {
  for (const limit = Date.now() + 20_000; ; ) {
    try {
      return await start();
    } catch (error) {
      if (Date.now() > limit || !/shared memory block/.test(String(error))) throw error;
      await delay(200);
    }
  }
}

async function createDatabases(server: PostgresServer, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ ...connection(server), database: "postgres" });
  await client.connect();
  try {
    for (const name of names) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

const connection = ({ host, port, user, password }: PostgresServer) => ({ host, port, user, password });

/** Waits up to 30 s for a first answer; `check` throws when waiting is pointless. */
async function untilAnswers(config: pg.ClientConfig, check: () => void): Promise<void> {
  const limit = Date.now() + 30_000;
  for (;;) {
    check();
    const client = new pg.Client({ ...config, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (Date.now() > limit) throw new Error("postgres did not answer within 30 s", { cause: error });
      await delay(100);
    }
  }
}
