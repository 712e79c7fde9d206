import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PostgresServer } from "../../../tests/postgres-server.ts";
import type { Answer } from "./test-api.ts";
import { bearer, noLimits, testSecretFile } from "./test-tokens.ts";

const serviceFolder = fileURLToPath(new URL("..", import.meta.url));

export type LogLine = Record<string, unknown> & { message?: string };

/** The gateway as the image starts it: a process of its own, with telemetry. Requests come from an administrator unless they say otherwise. */
export interface GatewayProcess {
  readonly url: string;
  readonly metricsUrl: string;
  readonly child: ChildProcess;
  /** Everything on stdout so far. */
  readonly lines: LogLine[];
  /** Exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  line(matches: (line: LogLine) => boolean, what: string): Promise<LogLine>;
  stop(): Promise<void>;
}

/** Starts one and waits until it listens; whether it is ready is for the test to ask. */
export async function startGateway(
  postgres: Pick<PostgresServer, "host" | "port" | "user" | "passwordFile">,
  env: Record<string, string> = {},
): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ["--import", "./telemetry/register.ts", "server.ts"], {
    cwd: serviceFolder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PORT: "0",
      METRICS_PORT: "0",
      PGHOST: postgres.host,
      PGPORT: String(postgres.port),
      PGUSER: postgres.user,
      PGDATABASE: "app",
      PGPASSWORD_FILE: postgres.passwordFile,
      DRAIN_DELAY_SECONDS: "0",
      AUTH_SECRET_FILE: testSecretFile(),
      RATE_LIMITS: noLimits,
      ...env,
    },
  });
  const output = collectLines(child);
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const line = (matches: (line: LogLine) => boolean, what: string) => output.until(matches, what, ended);
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  void ended.then(() => process.off("exit", killAtExit));
  const listening = line(({ message }) => message === "listening", "listening").catch((error: unknown) => {
    killAtExit();
    throw error;
  });
  const { port, metrics_port: metricsPort } = await listening;

  const url = `http://127.0.0.1:${port}`;
  const authorization = await bearer("admin");
  const request = (path: string, init?: RequestInit) => {
    const headers = new Headers({ authorization });
    for (const [name, value] of new Headers(init?.headers)) headers.set(name, value);
    return fetch(url + path, { signal: AbortSignal.timeout(90_000), ...init, headers });
  };
  return {
    url,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    child,
    lines: output.lines,
    ended,
    fetch: request,
    line,
    async send(method, path, body, headers = {}) {
      const json =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
      const response = await request(path, { method, headers, ...json });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Asks until `path` answers with `status`. */
export async function untilStatus(
  gateway: GatewayProcess,
  path: string,
  status: number,
  limitMs = 60_000,
): Promise<void> {
  const limit = Date.now() + limitMs;
  for (let last: unknown; ; ) {
    try {
      const response = await gateway.fetch(path);
      last = `${response.status} ${await response.text()}`;
      if (response.status === status) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > limit) throw new Error(`${path} did not answer ${status} within ${limitMs} ms, last: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function collectLines(child: ChildProcess) {
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  let rest = "";
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000);
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => JSON.parse(part) as LogLine));
    for (const look of waiting) look();
  });
  const until = (matches: (line: LogLine) => boolean, what: string, ended: Promise<unknown>): Promise<LogLine> =>
    new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        act();
      };
      const look = () => {
        const line = lines.find(matches);
        if (line) finish(() => resolve(line));
      };
      const fail = (why: string) =>
        finish(() => reject(new Error(`no line "${what}" ${why}\n${shown(lines)}\n${stderr}`)));
      const timer = setTimeout(() => fail("within 90 s"), 90_000);
      waiting.add(look);
      void ended.then((status) => {
        look();
        if (waiting.has(look)) fail(`before the end with ${status}`);
      });
      look();
    });
  return { lines, until };
}

const shown = (lines: readonly LogLine[]): string =>
  lines
    .slice(-15)
    .map((line) => JSON.stringify(line))
    .join("\n");
