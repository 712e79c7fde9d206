import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface TestApp {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything on stdout and stderr so far. */
  readonly output: () => string;
  /** Exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** @returns status, x-trace-id and the body as JSON */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
  metrics(): Promise<string>;
  /** Sends spans and events that wait; nothing leaves after it. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  readonly traceId: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever JSON arrived
  readonly body: any;
}

/** The process of app-process.ts, with the environment given and nothing else. */
export async function startApp(env: Record<string, string> = {}): Promise<TestApp> {
  const child = fork(file("app-process.ts"), {
    execArgv: ["--import", file("../../telemetry/register.ts")],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  void ended.then(() => process.off("exit", killAtExit));
  const early = ended.then((status) => {
    throw new Error(`the app ended with ${status} before it listened:\n${output}`);
  });
  const [{ port, metricsPort }] = (await Promise.race([once(child, "message"), early])) as [
    { port: number; metricsPort: number },
  ];
  early.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    child,
    output: () => output,
    ended,
    async send(method, path, body, headers = {}) {
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
      const response = await fetch(url + path, { method, headers: { ...type, ...headers }, ...json });
      const text = await response.text();
      return {
        status: response.status,
        traceId: response.headers.get("x-trace-id"),
        body: text === "" ? undefined : JSON.parse(text),
      };
    },
    async metrics() {
      return (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    },
    async flush() {
      const flushed = once(child, "message");
      child.send("flush");
      await flushed;
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A counter's value in a scrape. @param series such as `error_events_total{outcome="sent"}` */
export function sampleOf(scrape: string, series: string): number {
  const line = scrape.split("\n").find((text) => text.startsWith(`${series} `));
  if (line === undefined) throw new Error(`no series ${series} in the scrape`);
  return Number(line.slice(series.length + 1).split(" ", 1)[0]);
}
