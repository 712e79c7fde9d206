import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { withSpan } from "../telemetry/with-span.ts";
import { systemActor } from "./actor.ts";
import { recordChange } from "./record.ts";
import { admin, type DomainApi, operator, principal, startDomainApi, until } from "./testing/domain-api.ts";

describe.skipIf(postgresMissing())("the audit log", { timeout: 120_000 }, () => {
  let api: DomainApi;
  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new TracerProvider());
    api = await startDomainApi();
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  const post = (path: string, body?: unknown, as = admin) => api.send("POST", path, { body, as });
  const entries = async (query = "") =>
    (await api.send("GET", `/api/audit?limit=100${query}`, { as: admin })).body.items;
  const count = async () => Number((await api.sql("select count(*) as n from audit_log"))[0]?.n);

  test("every change that was made has one entry, with who made it, and every refused one has none", async () => {
    const project = (await post("/api/projects", { name: "Shop", slug: "audited" })).body;
    const pipeline = (await post(`/api/projects/${project.id}/pipelines`, { name: "main", ref: "main" })).body;
    const user = (await post("/api/users", { email: "eve@golive.example", name: "Eve" })).body;
    const run = (await post(`/api/pipelines/${pipeline.id}/runs`, {}, operator)).body;
    const worker = api.worker();
    worker.start();
    await until("the run's end", async () => {
      const { body } = await api.send("GET", `/api/runs/${run.id}`);
      return body.status === "succeeded" ? body : undefined;
    });
    await worker.stop(10_000);
    const other = (await post(`/api/pipelines/${pipeline.id}/runs`, {}, operator)).body;
    const deploy = { environment: "production", runId: run.id, release: "v1" };
    const deployment = (await post(`/api/projects/${project.id}/deployments`, deploy, operator)).body;

    const before = await count();
    const refusals = [
      await post("/api/projects", { name: "Shop", slug: "audited" }),
      await post("/api/users", { email: "EVE@golive.example", name: "Eve" }),
      await post(`/api/projects/${project.id}/deployments`, deploy),
      await post(`/api/runs/${run.id}/cancel`),
      await post(`/api/deployments/${deployment.id}/rollback`),
      await api.send("DELETE", `/api/projects/${project.id}`),
      await api.send("DELETE", `/api/users/${user.id}`, { as: admin, headers: { "if-match": '"7"' } }),
      await api.send("PATCH", `/api/pipelines/${pipeline.id}`, { body: { status: "succeeded" } }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409, 409, 412, 409]);
    await api.send("PATCH", `/api/users/${user.id}`, { body: { name: "Eve" }, as: admin });
    expect(await count()).toBe(before);

    await api.send("PATCH", `/api/users/${user.id}`, { body: { name: "Evelyn", role: "admin" }, as: admin });
    await api.send("PATCH", `/api/projects/${project.id}`, { body: { slug: "renamed" } });
    await api.send("PATCH", `/api/pipelines/${pipeline.id}`, { body: { status: "cancelled" } });
    await post(`/api/runs/${other.id}/cancel`, undefined, operator);
    await api.send("PATCH", `/api/deployments/${deployment.id}`, { body: { status: "failed" } });
    await api.send("DELETE", `/api/users/${user.id}`, { as: admin });
    await api.send("DELETE", `/api/projects/${project.id}`);

    const told = async (entityId: string) =>
      (await entries(`&entityId=${entityId}`))
        .reverse()
        .map((entry: { actorId: string; actorRole: string; action: string; before: unknown; after: unknown }) => [
          `${entry.actorId} ${entry.actorRole} ${entry.action}`,
          entry.before,
          entry.after,
        ]);
    expect(await told(project.id)).toEqual([
      ["ada admin created", null, { slug: "audited" }],
      ["olga operator updated", { slug: "audited" }, { slug: "renamed" }],
      ["olga operator deleted", { slug: "renamed" }, null],
    ]);
    expect(await told(pipeline.id)).toEqual([
      ["ada admin created", null, { projectId: project.id, status: "queued" }],
      ["olga operator updated", { status: "queued" }, { status: "cancelled" }],
    ]);
    expect(await told(user.id)).toEqual([
      ["ada admin created", null, { role: "viewer", disabled: false }],
      ["ada admin updated", { role: "viewer" }, { role: "admin" }],
      ["ada admin deleted", { role: "admin", disabled: false }, null],
    ]);
    const started = { pipelineId: pipeline.id, number: 1, status: "queued", trigger: "manual", cancelRequested: false };
    expect(await told(run.id)).toEqual([
      ["olga operator created", null, started],
      ["system system updated", { status: "queued" }, { status: "running" }],
      ["system system updated", { status: "running" }, { status: "succeeded" }],
    ]);
    expect((await told(other.id)).slice(1)).toEqual([
      [
        "olga operator updated",
        { status: "queued", cancelRequested: false },
        { status: "cancelled", cancelRequested: true },
      ],
    ]);
    expect(await told(deployment.id)).toEqual([
      ["olga operator created", null, { projectId: project.id, ...deploy, status: "in-progress" }],
      ["olga operator updated", { status: "in-progress" }, { status: "failed" }],
    ]);
    const named = (await entries(`&entityId=${user.id}`)).map(({ changed }: { changed: string[] }) => changed);
    expect(named).toContainEqual(["name", "role"]);
    expect(JSON.stringify(await entries())).not.toMatch(/eve@|evelyn/i);
  });

  test("entries can be asked for by who did it, a page at a time, and by administrators only", async () => {
    const robot = principal("robot-7", "admin");
    for (const slug of ["one", "two", "three"]) await post("/api/projects", { name: slug, slug }, robot);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/api/audit?actorId=robot-7&limit=2${cursor ? `&cursor=${cursor}` : ""}`;
      const { body } = await api.send("GET", path, { as: admin });
      seen.push(...body.items.map(({ after }: { after: { slug: string } }) => after.slug));
      cursor = body.nextCursor;
      await post("/api/projects", { name: "x", slug: `between-${seen.length}` }, robot);
    } while (cursor);
    expect(seen).toEqual(["three", "two", "one"]);
    expect(await api.send("GET", "/api/audit")).toMatchObject({ status: 403 });
    expect(await api.send("GET", "/api/audit", { as: null })).toMatchObject({ status: 401 });
    for (const query of ["entityId=x", "actorId=", "actorId=%00", "cursor=x"]) {
      expect(await api.send("GET", `/api/audit?${query}`, { as: admin })).toMatchObject({ status: 400 });
    }
  });

  test.each([
    "update audit_log set actor_id = 'nobody'",
    "update audit_log set actor_id = 'nobody' where false",
    "delete from audit_log",
    "truncate audit_log",
  ])("%s is refused, also to a session that replays a replica's changes", async (statement) => {
    const before = await count();
    const client = new pg.Client({ connectionString: api.postgres.url });
    await client.connect();
    try {
      await expect(client.query(statement)).rejects.toMatchObject({
        code: "23001",
        message: expect.stringMatching(/append-only/),
      });
      await client.query("set session_replication_role = replica");
      await expect(client.query(statement)).rejects.toMatchObject({
        code: "23001",
        message: expect.stringMatching(/append-only/),
      });
    } finally {
      await client.end();
    }
    expect(await count()).toBe(before);
  });

  test("an entry and its change stand or fall together", async () => {
    const id = "01a21058-56ed-760c-a703-2b94c7fb6895";
    const work = api.database.transaction(async (query) => {
      await recordChange(query, systemActor, { entity: "project", id, after: { slug: "never" } });
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    expect(await entries(`&entityId=${id}`)).toEqual([]);
  });

  test("an entry has the trace of the request that made it", async () => {
    const id = "01a21058-56ed-760c-a703-2b94c7fb6896";
    const traceId = await withSpan("change", async (span) => {
      await api.database.transaction((query) =>
        recordChange(query, systemActor, { entity: "project", id, after: { slug: "traced" } }),
      );
      return span.spanContext().traceId;
    });
    expect(await entries(`&entityId=${id}`)).toMatchObject([{ traceId, after: { slug: "traced" } }]);
  });

  test("the table refuses an entry that contradicts itself", async () => {
    const values = "(gen_random_uuid(), 'a', 'admin', 'created', 'project', gen_random_uuid(), '{}', '{}', '{}')";
    const sql = `insert into audit_log (id, actor_id, actor_role, action, entity, entity_id, changed, before, after)
      values ${values}`;
    await expect(api.sql(sql)).rejects.toThrow(/sides_match_action/);
  });
});
