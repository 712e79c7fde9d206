import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { codes } from "@golive/errors/codes.ts";
import { publishedPorts } from "@golive/infra/ports.ts";
import { execa } from "execa";
import { clusterProcesses, programName, proportionalBytes } from "./memory.ts";
import { type Measurement, median, promises } from "./promises.ts";

const golive = join(import.meta.dirname, "../golive");
const gib = 1024 ** 3;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const run = (...args: string[]) => execa(golive, args, { stdin: "ignore" });

async function noOpUp(): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 3; n++) {
    times.push(
      await seconds(async () => {
        const { stdout } = await run("up", "--json");
        if (!(JSON.parse(stdout) as { unchanged: boolean }).unchanged)
          throw new Error(`up was not a no-op:\n${stdout}`);
      }),
    );
  }
  return median(times);
}

async function clusterStart(): Promise<number> {
  await run("cluster", "stop");
  return seconds(() => run("cluster", "start"));
}

async function residentMemory(): Promise<number> {
  const { stdout } = await run("cluster", "status", "--json");
  const { supervisor } = JSON.parse(stdout) as { supervisor: { pid: number } };
  const bytes = new Map<string, number>();
  for (const pid of clusterProcesses(supervisor.pid)) {
    const name = programName(pid);
    bytes.set(name, (bytes.get(name) ?? 0) + proportionalBytes(pid));
  }
  const rows = [...bytes].sort((a, b) => b[1] - a[1]);
  for (const [name, size] of rows.slice(0, 12))
    console.error(`  ${(size / 2 ** 20).toFixed(0).padStart(5)} MiB  ${name}`);
  return rows.reduce((sum, [, size]) => sum + size, 0) / gib;
}

/** The version the gateway reports changes with its image; a comment is enough to make a new one. */
async function gatewayChange(): Promise<number> {
  const file = join(import.meta.dirname, "../services/gateway/app.ts");
  const before = readFileSync(file, "utf8");
  const podsOf = async () =>
    (
      await run(
        "kubectl",
        "-n",
        "golive-app",
        "get",
        "pods",
        "-l",
        "app.kubernetes.io/name=gateway",
        "-o",
        "jsonpath={.items[*].spec.containers[*].image}",
      )
    ).stdout;
  const old = await podsOf();
  try {
    writeFileSync(file, `${before}\n// ${new Date().toISOString()}\n`);
    return await seconds(async () => {
      await run("up");
      const answer = await fetch(`http://127.0.0.1:${publishedPorts.gateway.host}/api/health`);
      if (!answer.ok) throw new Error(`the gateway answers ${answer.status}`);
      if ((await podsOf()) === old) throw new Error("the old image is still serving");
    });
  } finally {
    writeFileSync(file, before);
    await run("up");
  }
}

const measurements: Record<Measurement, () => Promise<number>> = {
  "no-op-up": noOpUp,
  "cluster-start": clusterStart,
  "resident-memory": residentMemory,
  "gateway-change": gatewayChange,
};

const asked = process.argv.slice(2).filter((arg) => arg !== "--json");
const unknown = asked.filter((name) => !(name in measurements));
if (unknown.length > 0) {
  console.error(`no measurement ${unknown.join(", ")}; there are ${Object.keys(measurements).join(", ")}`);
  process.exit(codes.USAGE.exit);
}
const names = (asked.length > 0 ? asked : Object.keys(measurements)) as Measurement[];
const results: { name: Measurement; value: number; limit: number; unit: string; kept: boolean }[] = [];
for (const name of names) {
  const { limit, unit } = promises[name];
  const value = Number((await measurements[name]()).toFixed(2));
  results.push({ name, value, limit, unit, kept: value <= limit });
  console.error(`${name}: ${value} ${unit} (promised: at most ${limit} ${unit})`);
}
if (process.argv.includes("--json")) console.log(JSON.stringify(results, null, 2));
process.exit(results.every(({ kept }) => kept) ? 0 : codes.TESTS_FAILED.exit);
