import { cpus } from "node:os";
import { join } from "node:path";
import { testSecretFile } from "@golive/gateway/testing/test-tokens.ts";
import { ensurePackages } from "@golive/local/toolchain/packages.ts";
import { startPostgres } from "../../tests/postgres-server.ts";
import { flagsOf, runBenchmark, whole } from "../command-line.ts";
import { type Arm, startArm } from "../gateway/child.ts";
import { block, closeConnections, steady } from "../gateway/load.ts";
import { startSink } from "../gateway/sink.ts";
import { median } from "../promises.ts";
import { startNginx } from "./nginx.ts";

const help = `node bench/proxy/run.ts [flags]

What the gateway's proxy costs beside a bare http-proxy-middleware and nginx, in front of the same upstream, in turn.

  --rounds <n>     rounds; in each every proxy has its turn (default: 7)
  --requests <n>   requests of a turn (default: 4000)
  --json           one JSON document instead of the table

It installs Debian's nginx-light where there is none, and takes about two minutes.`;

const atOnce = 32;
const path = "/shop/items";
/** Of the throughput of the slowest: a proxy near its limit measures its queue. */
const load = 0.4;
const steadySeconds = 3;

interface Turn {
  readonly perSecond: number;
  /** Processor time of the proxy's own processes, milliseconds a request. */
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
}

async function main(): Promise<number> {
  const { rounds, requests, json, help: asked } = options();
  if (asked) {
    console.log(help);
    return 0;
  }
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  await ensurePackages(["nginx-light"], { report: (line) => console.error(line), signal: controller.signal });

  await using stack = new AsyncDisposableStack();
  stack.defer(closeConnections);
  const arms = await startArms(stack);
  const found = new Map<string, Turn[]>(arms.map(({ name }) => [name, []]));
  // The first turn compiles and fills pools; it says how fast the slowest is.
  const warm: number[] = [];
  for (const arm of arms) warm.push((await throughput(arm, requests)).perSecond);
  const rate = Math.floor(Math.min(...warm) * load);
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < arms.length; at++) {
      const arm = arms[(at + round) % arms.length] as Arm;
      const fast = await throughput(arm, requests);
      const latencies = (await steady(arm.port, path, rate, steadySeconds)).sort((a, b) => a - b);
      const quantile = (q: number) => latencies[Math.floor(latencies.length * q)] ?? Number.NaN;
      found.get(arm.name)?.push({ ...fast, p50: quantile(0.5), p99: quantile(0.99) });
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  const rows = [...found].map(([name, turns]) => ({ name, ...middle(turns), ...ratios(turns, found) }));
  if (json) {
    console.log(JSON.stringify({ cores: cpus().length, rounds, requests, rate, rows }, undefined, 2));
    return 0;
  }
  console.log(`${cpus().length} cores, ${rounds} rounds, ${atOnce} at once; latencies at ${rate} requests a second`);
  console.log(
    "| proxy | requests a second | CPU a request | p50 | p99 | throughput beside it |\n|---|---|---|---|---|---|",
  );
  for (const { name, perSecond, cpuMs, p50, p99, throughputOfGateway } of rows)
    console.log(
      `| ${name} | ${Math.round(perSecond)} | ${cpuMs.toFixed(3)} ms | ${p50.toFixed(2)} ms | ${p99.toFixed(2)} ms | ${throughputOfGateway.toFixed(2)} × |`,
    );
  return 0;
}

/** In front of one upstream: nothing, nginx, the middleware alone, and the gateway untraced and as in production. */
async function startArms(stack: AsyncDisposableStack): Promise<Arm[]> {
  const program = (...args: string[]) => [join(import.meta.dirname, "process.ts"), ...args];
  const postgres = stack.adopt(await startPostgres({ databases: ["app"] }), (server) => server.stop());
  const sink = stack.use(await startSink());
  const upstream = stack.use(await startArm("no proxy", false, {}, program("upstream")));
  const target = `http://127.0.0.1:${upstream.port}`;
  const env = {
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGDATABASE: "app",
    PGPASSWORD_FILE: postgres.passwordFile,
    AUTH_SECRET_FILE: testSecretFile(),
    // Counted as always, and never reached.
    RATE_LIMITS: JSON.stringify({ proxy: { points: 1_000_000 } }),
  };
  const traced = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, TRACE_RATIO: "0.1" };
  return [
    upstream,
    stack.use(await startNginx(upstream.port)),
    stack.use(await startArm("http-proxy-middleware", false, {}, program("http-proxy-middleware", target))),
    stack.use(await startArm("gateway, untraced", false, env, program("gateway", target))),
    stack.use(await startArm("gateway, one in ten traced", true, traced, program("gateway", target))),
  ];
}

async function throughput(arm: Arm, requests: number): Promise<{ perSecond: number; cpuMs: number }> {
  const before = await arm.cpuMs();
  const begun = performance.now();
  await block(arm.port, path, requests, atOnce);
  const seconds = (performance.now() - begun) / 1000;
  return { perSecond: requests / seconds, cpuMs: ((await arm.cpuMs()) - before) / requests };
}

function middle(turns: readonly Turn[]): Turn {
  const of = (key: keyof Turn) => median(turns.map((turn) => turn[key]));
  return { perSecond: of("perSecond"), cpuMs: of("cpuMs"), p50: of("p50"), p99: of("p99") };
}

/** Throughput of the gateway as in production over this one's, round by round. */
function ratios(turns: readonly Turn[], found: ReadonlyMap<string, readonly Turn[]>): { throughputOfGateway: number } {
  const ours = [...found.values()].at(-1) ?? [];
  const each = turns.map(({ perSecond }, round) => (ours[round]?.perSecond ?? Number.NaN) / perSecond);
  return { throughputOfGateway: median(each) };
}

function options() {
  const values = flagsOf("bench/proxy/run.ts", {
    rounds: { type: "string", default: "7" },
    requests: { type: "string", default: "4000" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  const { rounds, requests } = values;
  return { ...values, rounds: whole("--rounds", rounds), requests: whole("--requests", requests) };
}

await runBenchmark(main);
