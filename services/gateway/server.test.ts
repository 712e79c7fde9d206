import { spawnSync } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../tests/postgres-server.ts";
import { type GatewayProcess, startGateway, untilStatus } from "./testing/gateway-process.ts";
import { startOtlpReceiver } from "./testing/otlp-receiver.ts";

// Each test starts processes; on a busy machine that alone can take most of the usual limit.
const limit = { timeout: 180_000 };
const noDatabase = { host: "127.0.0.1", port: 1, user: "app", passwordFile: "/nonexistent" };

test("without the telemetry preload it refuses to start and says how", limit, () => {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ["server.ts"], {
    cwd: folder,
    env: { PORT: "0" },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stdout).toContain("node --import ./telemetry/register.ts server.ts");
});

test("without a database it waits, alive but unready, and gives up at the limit", limit, async () => {
  const gateway = await startGateway(noDatabase, { START_TIMEOUT_SECONDS: "2" });
  try {
    expect((await gateway.fetch("/livez")).status).toBe(200);
    expect((await gateway.fetch("/readyz")).status).toBe(503);
    expect(await gateway.ended).toBe(1);
    expect(gateway.lines.at(-1)).toMatchObject({ level: "fatal", err: { code: "ECONNREFUSED" } });
  } finally {
    await gateway.stop();
  }
});

test("a stop during the wait for the database ends it cleanly", limit, async () => {
  const gateway = await startGateway(noDatabase);
  await gateway.line(({ message }) => message === "the database is not ready yet", "a first try");
  gateway.child.kill("SIGTERM");
  expect(await gateway.ended).toBe(0);
});

describe.skipIf(postgresMissing())("the process", limit, () => {
  let postgres: PostgresServer;
  let admin: pg.Pool;
  let running: GatewayProcess[] = [];
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    admin = new pg.Pool({ connectionString: postgres.url });
    admin.on("error", () => undefined);
  }, limit.timeout);
  afterEach(async () => {
    await Promise.all(running.map((gateway) => gateway.stop()));
    running = [];
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });
  const start = async (env: Record<string, string> = {}) => {
    const gateway = await startGateway(postgres, env);
    running.push(gateway);
    return gateway;
  };
  const create = async (gateway: GatewayProcess, slug: string) =>
    (await gateway.send("POST", "/api/projects", { name: slug, slug })).body;

  test("two replicas start at once on an empty database and serve the same rows", async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await Promise.all([untilStatus(one, "/readyz", 200), untilStatus(two, "/readyz", 200)]);
    const applied = [...one.lines, ...two.lines].filter(({ message }) => message === "migration applied");
    expect(applied.map(({ migration }) => migration)).toEqual([1, 2, 3, 4, 5, 6]);
    const { id } = await create(one, "shared");
    expect(await two.send("GET", `/api/projects/${id}`)).toMatchObject({ status: 200 });
  });

  test("a stop lets the request in flight finish, flushes its spans and takes no new connections", async () => {
    const collector = await startOtlpReceiver();
    const gateway = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, DRAIN_DELAY_SECONDS: "1" });
    await untilStatus(gateway, "/readyz", 200);
    const { id } = await create(gateway, "in-flight");
    const holder = await admin.connect();
    await holder.query("begin");
    await holder.query("select from projects where id = $1 for update", [id]);
    const inFlight = gateway.send("PATCH", `/api/projects/${id}`, { description: "made it" });
    await untilBlocked(admin);

    gateway.child.kill("SIGTERM");
    await untilStatus(gateway, "/readyz", 503);
    const duringDelay = await gateway.send("GET", `/api/projects/${id}`);
    expect(duringDelay.status).toBe(200);
    expect(duringDelay.headers.get("connection")).toBe("close");
    await untilRefused(gateway);
    await holder.query("commit");
    holder.release();

    const answer = await inFlight;
    expect(answer).toMatchObject({ status: 200, body: { description: "made it" } });
    expect(await gateway.ended).toBe(0);
    const traceId = answer.headers.get("x-trace-id");
    expect(collector.spans.some((span) => span.traceId === traceId && span.attributes["http.route"])).toBe(true);
    await collector.stop();
  });

  test("requests that outlast the drain are cut and the exit status says so", async () => {
    const gateway = await start({ DRAIN_TIMEOUT_SECONDS: "0.5" });
    await untilStatus(gateway, "/readyz", 200);
    const { id } = await create(gateway, "stuck");
    const holder = await admin.connect();
    await holder.query("begin");
    await holder.query("select from projects where id = $1 for update", [id]);
    const cut = expect(gateway.send("PATCH", `/api/projects/${id}`, { description: "late" })).rejects.toThrow();
    await untilBlocked(admin);
    gateway.child.kill("SIGTERM");
    await cut;
    expect(await gateway.ended).toBe(1);
    await holder.query("rollback");
    holder.release();
  });

  test("fault 38: a second signal ends it at once", async () => {
    const gateway = await start({ DRAIN_DELAY_SECONDS: "60" });
    await untilStatus(gateway, "/readyz", 200);
    gateway.child.kill("SIGTERM");
    await gateway.line(({ message }) => message === "draining: unready, still serving", "the drain");
    const began = performance.now();
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(1);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("a collector that swallows everything does not hold up the end", async () => {
    const hole = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => hole.listen(0, "127.0.0.1", resolve));
    const { port } = hole.address() as AddressInfo;
    const gateway = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    await untilStatus(gateway, "/readyz", 200);
    await create(gateway, "no-collector");
    const began = performance.now();
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(8_000);
    hole.close();
  });

  test("while the database is down requests get 503, and it recovers without a restart", async () => {
    const gateway = await start();
    await untilStatus(gateway, "/readyz", 200);
    const { id } = await create(gateway, "survivor");
    await admin.query("checkpoint");
    await postgres.kill();

    await untilStatus(gateway, "/readyz", 503);
    const answer = await gateway.send("GET", `/api/projects/${id}`);
    expect(answer).toMatchObject({ status: 503, body: { type: "urn:golive:problem:database-unavailable" } });
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.body.trace_id).toBe(answer.headers.get("x-trace-id"));
    expect((await gateway.fetch("/livez")).status).toBe(200);
    const health = await gateway.send("GET", "/api/health");
    expect(health).toMatchObject({ status: 503, body: { checks: { postgres: { status: "down" } } } });

    await postgres.restart();
    await untilStatus(gateway, "/readyz", 200);
    expect(await gateway.send("GET", `/api/projects/${id}`)).toMatchObject({ status: 200 });
    expect(gateway.child.exitCode).toBeNull();
  });

  test("a migration that was changed after it ran stops the start at once", async () => {
    const good = await start();
    await untilStatus(good, "/readyz", 200);
    await admin.query("update schema_migrations set checksum = 'other' where id = 1");
    try {
      const gateway = await start();
      expect(await gateway.ended).toBe(1);
      expect(gateway.lines.at(-1)).toMatchObject({ level: "fatal", err: { type: "MigrationRefused" } });
      expect((await good.fetch("/readyz")).status).toBe(200);
    } finally {
      const { rows } = await admin.query("delete from schema_migrations where id = 1 returning 1");
      expect(rows).toHaveLength(1);
      await admin.query("drop schema public cascade; create schema public");
    }
  });
});

/** Until some session waits for a row lock: the request is in the database, not merely sent. */
async function untilBlocked(admin: pg.Pool): Promise<void> {
  for (const until = Date.now() + 60_000; ; ) {
    const { rows } = await admin.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
    if (rows.length > 0) return;
    if (Date.now() > until) throw new Error("no session came to wait for a lock within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function untilRefused(gateway: GatewayProcess): Promise<void> {
  for (const until = Date.now() + 60_000; ; ) {
    const open = await gateway.fetch("/livez").then(
      () => true,
      () => false,
    );
    if (!open) return;
    if (Date.now() > until) throw new Error("the listener still took connections 60 s after the stop");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
