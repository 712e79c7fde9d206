import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { admin, type DomainApi, principal, startDomainApi } from "../audit/testing/domain-api.ts";
import { stepNames } from "./steps.ts";

const unknown = "01a21058-56ed-760c-a703-2b94c7fb6895";

describe.skipIf(postgresMissing())("runs as people see them", { timeout: 120_000 }, () => {
  let api: DomainApi;
  let projectId: string;
  beforeAll(async () => {
    // Without a worker: what is queued stays queued.
    api = await startDomainApi();
    projectId = (await api.send("POST", "/api/projects", { body: { name: "Shop", slug: "shop" } })).body.id;
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  const pipeline = async (project = projectId): Promise<string> => {
    const body = { name: "main", ref: "main" };
    return (await api.send("POST", `/api/projects/${project}/pipelines`, { body })).body.id;
  };
  const start = (pipelineId: string, body: unknown = {}) =>
    api.send("POST", `/api/pipelines/${pipelineId}/runs`, { body });
  const cancel = (id: string) => api.send("POST", `/api/runs/${id}/cancel`);

  test("one is queued with every step that it will do, and can be read at its location", async () => {
    const pipelineId = await pipeline();
    const started = await start(pipelineId, { trigger: "push", failAt: "test" });
    expect(started).toMatchObject({
      status: 201,
      body: {
        projectId,
        pipelineId,
        number: 1,
        status: "queued",
        trigger: "push",
        failAt: "test",
        cancelRequested: false,
        startedAt: null,
        finishedAt: null,
        durationMs: null,
        errorCode: null,
        version: 1,
      },
    });
    const pending = stepNames.map((name, index) => ({ position: index + 1, name, status: "pending", startedAt: null }));
    expect(started.body.steps).toMatchObject(pending);
    const read = await api.send("GET", started.headers.get("location") ?? "");
    expect(read.body).toEqual(started.body);
    expect(read.headers.get("etag")).toBe('"1"');
  });

  test("ten that start at once get the numbers one to ten, and each pipeline counts for itself", async () => {
    const [first, second] = [await pipeline(), await pipeline()];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => start(n % 2 ? first : second)));
    const numbers = (id: string) =>
      answers
        .filter(({ body }) => body.pipelineId === id)
        .map(({ body }) => body.number)
        .sort((a, b) => a - b);
    expect(numbers(first)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(numbers(second)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("one that waits is over as soon as it is cancelled, and stays so", async () => {
    const { id } = (await start(await pipeline())).body;
    const cancelled = await cancel(id);
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: "cancelled", cancelRequested: true, startedAt: null, durationMs: null, version: 2 },
    });
    expect(cancelled.body.finishedAt).toEqual(expect.any(String));
    expect(new Set(cancelled.body.steps.map(({ status }: { status: string }) => status))).toEqual(new Set(["skipped"]));
    expect((await cancel(id)).body).toEqual(cancelled.body);
    expect(await api.registry.metrics()).toContain('pipeline_runs_total{status="cancelled"} 1');
    const stale = await api.send("POST", `/api/runs/${id}/cancel`, { headers: { "if-match": '"1"' } });
    expect(stale).toMatchObject({ status: 412 });
  });

  test("one that is over cannot be cancelled", async () => {
    const { id } = (await start(await pipeline())).body;
    await api.sql(
      `update pipeline_runs set status = 'succeeded', started_at = now(), finished_at = now(), duration_ms = 0
        where id = $1`,
      [id],
    );
    expect(await cancel(id)).toMatchObject({ status: 409, body: { type: "urn:golive:problem:run-finished" } });
  });

  test("pages of a pipeline's runs stay what they were while new ones start, and can be filtered", async () => {
    const pipelineId = await pipeline();
    for (let n = 0; n < 5; n++) await start(pipelineId);
    await start(await pipeline());
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/api/pipelines/${pipelineId}/runs?limit=2${cursor ? `&cursor=${cursor}` : ""}`;
      const { body } = await api.send("GET", path);
      seen.push(...body.items.map(({ number }: { number: number }) => number));
      cursor = body.nextCursor;
      await cancel((await start(pipelineId)).body.id);
    } while (cursor);
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    const cancelled = await api.send("GET", `/api/pipelines/${pipelineId}/runs?status=cancelled`);
    expect(cancelled.body.items.map(({ number }: { number: number }) => number)).toEqual([8, 7, 6]);
    expect(cancelled.body.items[0]).not.toHaveProperty("steps");
    expect(await api.send("GET", `/api/pipelines/${pipelineId}/runs?status=lost`)).toMatchObject({ status: 400 });
  });

  test("what does not exist has no runs", async () => {
    for (const id of [unknown, "0", "%00"]) {
      expect(await start(id)).toMatchObject({ status: 404 });
      expect(await api.send("GET", `/api/pipelines/${id}/runs`)).toMatchObject({ status: 404 });
      expect(await api.send("GET", `/api/runs/${id}`)).toMatchObject({ status: 404 });
      expect(await cancel(id)).toMatchObject({ status: 404 });
    }
  });

  test("a wrong field is refused by name, and whoever may only look starts nothing", async () => {
    const pipelineId = await pipeline();
    const wrong = await start(pipelineId, { trigger: "whim", failAt: "coffee", number: 7 });
    expect(wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      "/failAt",
      "/number",
      "/trigger",
    ]);
    const viewer = { body: {}, as: principal("vera", "viewer") };
    expect(await api.send("POST", `/api/pipelines/${pipelineId}/runs`, viewer)).toMatchObject({ status: 403 });
    expect(await api.send("POST", `/api/pipelines/${pipelineId}/runs`, { body: {}, as: admin })).toMatchObject({
      status: 201,
    });
  });

  test("an unfinished run keeps its pipeline and its project; finished ones go with them", async () => {
    const project = (await api.send("POST", "/api/projects", { body: { name: "x", slug: "doomed" } })).body.id;
    const pipelineId = await pipeline(project);
    const { id } = (await start(pipelineId)).body;
    await api.send("PATCH", `/api/pipelines/${pipelineId}`, { body: { status: "cancelled" } });
    for (const path of [`/api/pipelines/${pipelineId}`, `/api/projects/${project}`]) {
      const kept = await api.send("DELETE", path);
      expect(kept).toMatchObject({ status: 409, body: { type: "urn:golive:problem:pipeline-unfinished" } });
      expect(kept.body.detail).toContain("run 1");
    }
    await cancel(id);
    expect(await api.send("DELETE", `/api/projects/${project}`)).toMatchObject({ status: 204 });
    expect(await api.send("GET", `/api/runs/${id}`)).toMatchObject({ status: 404 });
    expect(await api.sql("select 1 from run_steps where run_id = $1", [id])).toEqual([]);
  });

  test.each(["pipelines", "projects"])(
    "a run that starts while its %s is deleted keeps it or is refused",
    async (what) => {
      for (let round = 0; round < 10; round++) {
        const body = { name: "x", slug: `race-${what}-${round}` };
        const project = (await api.send("POST", "/api/projects", { body })).body.id;
        const pipelineId = await pipeline(project);
        await api.send("PATCH", `/api/pipelines/${pipelineId}`, { body: { status: "cancelled" } });
        const path = what === "projects" ? `/api/projects/${project}` : `/api/pipelines/${pipelineId}`;
        const [started, deleted] = await Promise.all([start(pipelineId), api.send("DELETE", path)]);
        expect(`${started.status} ${deleted.status}`).toMatch(/^(201 409|404 204)$/);
      }
    },
  );

  test.each([
    ["a time that does not fit the status", "status = 'running', lease_expires_at = now()", /times_match_status/],
    ["a lease of what is not running", "lease_expires_at = now()", /lease_while_running/],
    ["a running run that nobody answers for", "status = 'running', started_at = now()", /lease_while_running/],
    ["a code without a failure", "error_code = 'internal'", /code_of_failure/],
    ["a trace id that is none", "trace_id = 'x'", /trace_id_check/],
    ["a number twice", "number = 2", /number_key/],
  ])("the table itself refuses %s", async (_what, change, constraint) => {
    const pipelineId = await pipeline();
    const { id } = (await start(pipelineId)).body;
    await start(pipelineId);
    await expect(api.sql(`update pipeline_runs set ${change} where id = $1`, [id])).rejects.toThrow(constraint);
  });

  test("the table of steps refuses one that ended without having begun", async () => {
    const { id } = (await start(await pipeline())).body;
    const sql = "update run_steps set status = 'succeeded', finished_at = now(), duration_ms = 1 where run_id = $1";
    await expect(api.sql(sql, [id])).rejects.toThrow(/times_match_status/);
  });
});
