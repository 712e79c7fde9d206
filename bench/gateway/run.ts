import { cpus } from "node:os";
import { codes } from "@golive/errors/codes.ts";
import { testSecretFile } from "@golive/gateway/testing/test-tokens.ts";
import pg from "pg";
import { startPostgres } from "../../tests/postgres-server.ts";
import { flagsOf, runBenchmark, whole } from "../command-line.ts";
import { bars, barText, judge } from "./bars.ts";
import { roundsOf, roundsVariable } from "./burn.ts";
import { startArm } from "./child.ts";
import { closeConnections } from "./load.ts";
import { heavyMs, measure } from "./overhead.ts";
import { startSink } from "./sink.ts";

const help = `node bench/gateway/run.ts [flags]

What tracing costs the gateway: the same program with and without its preload, in turn, on a Postgres of its own.

  --pairs <n>      pairs of blocks for each figure (default: 24)
  --requests <n>   requests of a block (default: 300)
  --json           one JSON document instead of the table

Exit status: 0 every bar is kept, 9 one is not. It takes about six minutes.`;

/** Rows for the page that latency is measured on; the arms' start made the tables. */
async function fillPage(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.replace(/\/[^/]*$/, "/app") });
  await client.connect();
  await client.query(`insert into projects (id, name, slug, description)
    select gen_random_uuid(), 'Project ' || n, 'project-' || n, repeat('text ', 20) from generate_series(1, 200) n`);
  await client.end();
}

function options() {
  const values = flagsOf("bench/gateway/run.ts", {
    pairs: { type: "string", default: "24" },
    requests: { type: "string", default: "300" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  const { pairs, requests } = values;
  return { ...values, pairs: whole("--pairs", pairs), requests: whole("--requests", requests) };
}

async function main(): Promise<number> {
  const { pairs, requests, json, help: asked } = options();
  if (asked) {
    console.log(help);
    return 0;
  }
  await using stack = new AsyncDisposableStack();
  const postgres = stack.adopt(await startPostgres({ databases: ["app"] }), (server) => server.stop());
  const sink = stack.use(await startSink());
  stack.defer(closeConnections);
  const env = {
    PORT: "0",
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.user,
    PGDATABASE: "app",
    PGPASSWORD_FILE: postgres.passwordFile,
    AUTH_SECRET_FILE: testSecretFile(),
    // Counted as always, and never reached.
    RATE_LIMITS: JSON.stringify({ read: { points: 1_000_000 } }),
    [roundsVariable]: String(roundsOf(heavyMs)),
  };
  const traced = async (name: string, ratio: number) =>
    stack.use(
      await startArm(name, true, { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, TRACE_RATIO: String(ratio) }),
    );
  const arms = {
    off: stack.use(await startArm("off", false, env)),
    unsampled: await traced("unsampled", 0),
    sampled: await traced("sampled", 1),
    tenth: await traced("tenth", 0.1),
  };
  await fillPage(postgres.url);
  const { values, baseMs, pageLatency } = await measure(arms, {
    pairs,
    requests,
    report: (line) => console.error(line),
  });
  if (sink.bytes === 0) throw new Error("no span arrived at the collector: nothing was measured");
  const verdicts = judge(values);
  if (json)
    console.log(
      JSON.stringify({ cores: cpus().length, pairs, requests, baseMs, pageLatency, bars: verdicts }, undefined, 2),
    );
  else {
    console.log(`a request without tracing: ${baseMs.toFixed(3)} ms of processor time, ${cpus().length} cores`);
    console.log(`a page of 100 rows at half load: ${pageLatency.toFixed(1)} % more median latency (no bar)`);
    for (const { bar, value, kept } of verdicts)
      console.log(`${bar}: ${value.toFixed(3)} ${bars[bar].unit} (${barText(bar)}: ${kept ? "kept" : "NOT kept"})`);
  }
  return verdicts.every(({ kept }) => kept) ? 0 : codes.TESTS_FAILED.exit;
}

await runBenchmark(main);
