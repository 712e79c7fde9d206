import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { until } from "../audit/testing/domain-api.ts";
import { type GatewayProcess, startGateway } from "../testing/gateway-process.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { stepNames } from "./steps.ts";

describe.skipIf(postgresMissing())("a run in the process as it is started", { timeout: 120_000 }, () => {
  let postgres: PostgresServer;
  let collector: OtlpReceiver;
  let gateway: GatewayProcess;
  const env = () => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    RUN_LEASE_SECONDS: "1",
    RUN_POLL_SECONDS: "0.2",
  });
  beforeAll(async () => {
    postgres = await startPostgres({ databases: ["app"] });
    collector = await startOtlpReceiver();
    gateway = await startGateway(postgres, { ...env(), RUN_STEP_SCALE: "0.05" });
    await ready();
  }, 120_000);
  afterAll(async () => {
    await gateway?.stop();
    await collector?.stop();
    await postgres?.stop();
  });
  const ready = () =>
    until("readiness", async () => ((await gateway.fetch("/readyz")).status === 200 ? true : undefined));
  const start = async (slug: string) => {
    const project = (await gateway.send("POST", "/api/projects", { name: slug, slug })).body.id;
    const pipeline = (await gateway.send("POST", `/api/projects/${project}/pipelines`, { name: "main", ref: "main" }))
      .body;
    return gateway.send("POST", `/api/pipelines/${pipeline.id}/runs`, {});
  };
  const ended = (id: string) =>
    until("the end of the run", async () => {
      const { body } = await gateway.send("GET", `/api/runs/${id}`);
      return body.finishedAt ? body : undefined;
    });

  test("one trace leads from the answer over the request to every step and its statements", async () => {
    const started = await start("traced");
    const traceId = started.headers.get("x-trace-id") ?? "";
    expect(started.body.traceId).toBe(traceId);
    expect(await ended(started.body.id)).toMatchObject({ status: "succeeded", traceId });
    const ours = () => collector.spans.filter((span) => span.traceId === traceId);
    await collector.until(() => ours().some(({ name }) => name === "pipeline.run"), "the run's span");
    const run = ours().find(({ name }) => name === "pipeline.run");
    const request = ours().find(({ spanId }) => spanId === run?.parentSpanId);
    expect(request?.attributes["http.route"]).toBe("/api/pipelines/:id/runs");
    const steps = ours().filter(
      ({ parentSpanId, name }) => parentSpanId === run?.spanId && name.startsWith("pipeline."),
    );
    expect(steps.map(({ name }) => name)).toEqual(stepNames.map((name) => `pipeline.${name}`));
    const below = new Set(steps.map(({ spanId }) => spanId));
    expect(ours().some(({ scope, parentSpanId }) => scope.includes("pg") && below.has(parentSpanId))).toBe(true);
    const log = gateway.lines.find(({ message, trace_id }) => message === "run finished" && trace_id === traceId);
    expect(log).toMatchObject({ run_id: started.body.id, status: "succeeded" });
  });

  test("a run that the process was killed in is ended by the next one", async () => {
    await gateway.stop();
    gateway = await startGateway(postgres, { ...env(), RUN_STEP_SCALE: "1000" });
    await ready();
    const { id } = (await start("killed")).body;
    await until("the run to begin", async () =>
      (await gateway.send("GET", `/api/runs/${id}`)).body.status === "running" ? true : undefined,
    );
    gateway.child.kill("SIGKILL");
    expect(await gateway.ended).toBe("SIGKILL");
    gateway = await startGateway(postgres, { ...env(), RUN_STEP_SCALE: "0.05" });
    await ready();
    expect(await ended(id)).toMatchObject({ status: "failed", errorCode: "interrupted" });
    expect(await ended((await start("after")).body.id)).toMatchObject({ status: "succeeded" });
  });

  test("a stop interrupts what outlasts the drain, and the row says so before the process is gone", async () => {
    await gateway.stop();
    gateway = await startGateway(postgres, { ...env(), RUN_STEP_SCALE: "1000", DRAIN_TIMEOUT_SECONDS: "1" });
    await ready();
    const { id } = (await start("stopped")).body;
    await until("the run to begin", async () =>
      (await gateway.send("GET", `/api/runs/${id}`)).body.status === "running" ? true : undefined,
    );
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    const finished = gateway.lines.find(({ message }) => message === "run finished");
    expect(finished).toMatchObject({ run_id: id, status: "failed", error_code: "interrupted" });
  });
});
