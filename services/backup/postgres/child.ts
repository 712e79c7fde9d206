import { type ChildProcess, spawn } from "node:child_process";
import { redact } from "@golive/errors/redact.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import { applicationName } from "./session.ts";
import { optionsText, steadySettings } from "./session-settings.ts";
import { wideOutput } from "./wide-output.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of PostgreSQL at work. Disposing of it ends it for certain. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Resolves when it is gone and its output is read; never rejects, not even when it could not start. */
  readonly ended: Promise<Ended>;
  /** What it wrote to stderr, redacted: the last 4,000 characters. */
  stderr(): string;
}

/** Time to end by itself: pg_dump tells the server to stop the running query, so that no backend lives on. */
const graceMs = 5_000;

/**
 * `settings` are for the program's own session with the server, beside those of all our sessions. `signal` asks it to end; whoever disposes of it waits until it has.
 */
export function startChild(
  path: string,
  args: readonly string[],
  config: PostgresConfig,
  database: string,
  settings: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Child {
  const child = spawn(path, args, {
    env: childEnvironment(config, database, settings),
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      stderr += error.message;
      if (child.pid === undefined) resolve({ code: 127, signal: null });
    });
  });
  const end = (): void => {
    child.kill("SIGTERM");
  };
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end, { once: true });
  ended.then(() => signal?.removeEventListener("abort", end));
  // A child that ends early breaks this pipe; its exit status and stderr tell why, the pipe does not.
  child.stdin.on("error", () => undefined);
  return {
    process: child,
    ended,
    stderr: () => redact(stderr.trim()),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      // Whatever it still wants to say must not keep it from ending; somebody may be half-way through reading it.
      child.stdout.destroy();
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * All that the child may know. The database's name goes here and not to argv, where libpq would read a name with "=" as
 * connection settings; the password because argv is everybody's to read.
 */
function childEnvironment(
  config: PostgresConfig,
  database: string,
  settings: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    ...wideOutput(),
    LC_ALL: "C.UTF-8",
    PGHOST: config.host,
    PGPORT: String(config.port),
    PGUSER: config.user,
    PGDATABASE: database,
    PGAPPNAME: applicationName,
    PGCONNECT_TIMEOUT: "15",
    PGOPTIONS: optionsText({ ...steadySettings, ...settings }),
    ...(config.password === undefined ? {} : { PGPASSWORD: config.password }),
    ...(config.caFile ? { PGSSLMODE: "verify-full", PGSSLROOTCERT: config.caFile } : { PGSSLMODE: "disable" }),
  };
}

/** One sentence on how it ended, with what it said. */
export function howItEnded(name: string, { code, signal }: Ended, stderr: string): string {
  const how = signal ? `was ended by ${signal}` : `ended with exit status ${code}`;
  const said = stderr.replaceAll(/\s*\n\s*/g, "; ");
  return `${name} ${how}${said === "" ? "" : `: ${said}`}`;
}
