import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "../../../tests/free-port.ts";

/** A real Valkey on a free loopback port, for tests: a password, no persistence, gone after `stop()`. */
export interface ValkeyServer {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** The password included. */
  readonly url: string;
  /** One command over a connection of its own. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** Safe to call twice and after `kill()`. */
  stop(): Promise<void>;
  /** SIGKILL; what it held is lost. */
  kill(): Promise<void>;
  /** Starts again, empty, on the same port after `kill()`. */
  restart(): Promise<void>;
  /** The kernel goes on taking connections and bytes; no answer comes until `resume()`. */
  pause(): void;
  resume(): void;
}

export interface ValkeyOptions {
  /** Two servers that take over from each other share one. */
  readonly password?: string;
}

/** Debian 13 has Valkey; Debian 12 has the Redis that it comes from, which the gateway cannot tell apart. */
const programs = ["valkey-server", "redis-server"] as const;

function valkeyProgram(): string | undefined {
  return programs.find((program) => {
    try {
      execFileSync(program, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

/** Why `startValkey` cannot work here, for `test.skipIf`; undefined when it can. */
export function valkeyMissing(): string | undefined {
  return valkeyProgram() ? undefined : `no ${programs.join(" or ")} on PATH: install the package of that name`;
}

export async function startValkey(options: ValkeyOptions = {}): Promise<ValkeyServer> {
  const program = valkeyProgram();
  if (!program) throw new Error(valkeyMissing());
  const home = mkdtempSync(join(tmpdir(), "golive-valkey-"));
  const host = "127.0.0.1";
  const port = await freePort();
  const password = options.password ?? randomBytes(18).toString("base64url");
  const settings = [`bind ${host}`, `port ${port}`, `requirepass ${password}`, `masterauth ${password}`];
  const configuration = [...settings, 'save ""', "appendonly no", `dir ${home}`, "daemonize no", 'logfile ""', ""];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    // The configuration goes in by stdin, so that the password is in no argument. The kernel ends the server with the test process.
    const server = spawn("setpriv", ["--pdeathsig", "KILL", program, "-"], { cwd: home, stdio: "pipe" });
    child = server;
    let output = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4000);
      });
    }
    server.stdin.end(configuration.join("\n"));
    await untilAnswers({ host, port, password }, () => {
      if (server.exitCode !== null) throw new Error(`${program} ended at start with ${server.exitCode}: ${output}`);
    });
  };
  const kill = async (): Promise<void> => {
    const server = child;
    child = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  };
  const removeAtExit = (): void => {
    child?.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  };
  process.once("exit", removeAtExit);
  const stop = async (): Promise<void> => {
    await kill();
    process.off("exit", removeAtExit);
    rmSync(home, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    host,
    port,
    password,
    url: `redis://:${password}@${host}:${port}`,
    command: (name, ...args) => connected({ host, port, password }, (client) => client.call(name, ...args)),
    stop,
    kill,
    restart: start,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

async function connected<T>(address: Address, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ ...address, lazyConnect: true, retryStrategy: null, connectTimeout: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** Waits up to 30 s for a first answer; `check` throws when waiting is pointless. */
async function untilAnswers(address: Address, check: () => void): Promise<void> {
  for (const limit = Date.now() + 30_000; ; ) {
    check();
    try {
      await connected(address, (client) => client.ping());
      return;
    } catch (error) {
      if (Date.now() > limit) throw new Error("valkey did not answer within 30 s", { cause: error });
      await delay(50);
    }
  }
}
