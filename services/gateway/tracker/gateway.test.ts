import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PostgresServer, postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { type GatewayProcess, startGateway, untilStatus } from "../testing/gateway-process.ts";
import { type SentryReceiver, startSentryReceiver } from "../testing/sentry-receiver.ts";

describe.skipIf(postgresMissing())("the gateway with a tracker", { timeout: 180_000 }, () => {
  let postgres: PostgresServer;
  let sentry: SentryReceiver;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    [postgres, sentry] = await Promise.all([startPostgres({ databases: ["app"] }), startSentryReceiver()]);
    gateway = await startGateway(postgres, { SENTRY_DSN: sentry.dsn });
    await untilStatus(gateway, "/readyz", 200);
  }, 180_000);
  afterAll(async () => {
    await gateway?.stop();
    await sentry?.stop();
    await postgres?.stop();
  });

  test("tells it of a lost database, under the route, with the trace that the client was told, and not of clients' faults", async () => {
    expect((await gateway.send("GET", "/api/projects?limit=none")).status).toBe(400);
    expect((await gateway.send("GET", "/nothing")).status).toBe(404);
    await postgres.kill();
    const answer = await gateway.send("GET", "/api/projects");
    expect(answer.status).toBe(503);
    await sentry.until((events) => events.length > 0, "an event");
    expect(sentry.events[0]).toMatchObject({
      transaction: "GET /api/projects",
      tags: { subsystem: "database" },
      contexts: { trace: { trace_id: answer.body.trace_id } },
    });
    expect(sentry.raw.join()).not.toContain(postgres.password);
    const scrape = await (await fetch(gateway.metricsUrl)).text();
    expect(scrape).toMatch(/^error_events_total\{outcome="sent"\} [1-9]/m);
  });
});
