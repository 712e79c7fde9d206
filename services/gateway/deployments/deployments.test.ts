import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { type DomainApi, principal, startDomainApi } from "../audit/testing/domain-api.ts";

const unknown = "01a21058-56ed-760c-a703-2b94c7fb6895";

describe.skipIf(postgresMissing())("deployments", { timeout: 120_000 }, () => {
  let api: DomainApi;
  let projectId: string;
  let pipelineId: string;
  let runId: string;
  beforeAll(async () => {
    api = await startDomainApi();
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  let projects = 0;
  beforeEach(async () => {
    ({ projectId, pipelineId } = await project());
    runId = await run(pipelineId, "succeeded");
  });
  const project = async () => {
    const body = { name: "x", slug: `project-${projects++}` };
    const id = (await api.send("POST", "/api/projects", { body })).body.id as string;
    const pipeline = { name: "main", ref: "main" };
    const built = (await api.send("POST", `/api/projects/${id}/pipelines`, { body: pipeline })).body.id as string;
    return { projectId: id, pipelineId: built };
  };
  const run = async (pipeline: string, status: string) => {
    const { id } = (await api.send("POST", `/api/pipelines/${pipeline}/runs`, { body: {} })).body;
    if (status !== "queued") {
      const code = status === "failed" ? "internal" : null;
      await api.sql(
        `update pipeline_runs set status = $2, error_code = $3, started_at = now(), finished_at = now(), duration_ms = 0
          where id = $1`,
        [id, status, code],
      );
    }
    return id as string;
  };
  const deploy = (release: string, more = {}) =>
    api.send("POST", `/api/projects/${projectId}/deployments`, {
      body: { environment: "production", runId, release, ...more },
    });
  const report = (id: string, status: string, headers = {}) =>
    api.send("PATCH", `/api/deployments/${id}`, { body: { status }, headers });
  const rollBack = (id: string) => api.send("POST", `/api/deployments/${id}/rollback`);
  const deployed = async (release: string, status = "succeeded", more = {}) => {
    const { id } = (await deploy(release, more)).body;
    return (await report(id, status)).body;
  };
  const read = async (id: string) => (await api.send("GET", `/api/deployments/${id}`)).body;

  test("one begins in progress, and ends as it is reported to", async () => {
    const begun = await deploy("v1.0.0");
    expect(begun).toMatchObject({
      status: 201,
      body: { projectId, environment: "production", runId, release: "v1.0.0", status: "in-progress", rollsBack: null },
    });
    const path = begun.headers.get("location") ?? "";
    expect((await api.send("GET", path)).body).toEqual(begun.body);
    expect(await report(begun.body.id, "succeeded", { "if-match": '"9"' })).toMatchObject({ status: 412 });
    const ended = await report(begun.body.id, "succeeded", { "if-match": '"1"' });
    expect(ended.body).toMatchObject({ status: "succeeded", finishedAt: expect.any(String), version: 2 });
    expect((await report(begun.body.id, "succeeded")).body).toEqual(ended.body);
    const changed = await report(begun.body.id, "failed");
    expect(changed).toMatchObject({ status: 409, body: { type: "urn:golive:problem:deployment-refused" } });
  });

  test("of ten that begin at once in one environment one does, and other environments do not wait", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => deploy(`v${n}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    const refused = answers.find(({ status }) => status === 409)?.body;
    expect(refused).toMatchObject({ type: "urn:golive:problem:deployment-refused" });
    expect(refused.detail).toContain("production");
    expect(await deploy("v1", { environment: "staging" })).toMatchObject({ status: 201 });
    const begun = answers.find(({ status }) => status === 201)?.body;
    await report(begun.id, "failed");
    expect(await deploy("again")).toMatchObject({ status: 201 });
  });

  test("the table itself refuses a second one in progress", async () => {
    await deploy("v1");
    const sql = `insert into deployments (id, project_id, environment, release)
      values (gen_random_uuid(), $1, 'production', 'v2')`;
    await expect(api.sql(sql, [projectId])).rejects.toMatchObject({
      code: "23505",
      constraint: "deployments_in_progress_key",
    });
    const ended = "update deployments set status = 'succeeded' where project_id = $1";
    await expect(api.sql(ended, [projectId])).rejects.toThrow(/times_match_status/);
  });

  test("only what succeeded in this project is deployed", async () => {
    for (const status of ["queued", "failed"]) {
      const refused = await deploy("v1", { runId: await run(pipelineId, status) });
      expect(refused).toMatchObject({ status: 409, body: { type: "urn:golive:problem:deployment-refused" } });
      expect(refused.body.detail).toContain(status);
    }
    const elsewhere = await run((await project()).pipelineId, "succeeded");
    for (const other of [elsewhere, unknown]) {
      expect(await deploy("v1", { runId: other })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: "/runId" }] },
      });
    }
    const wrong = await deploy(" ", { environment: "moon", runId: "x", version: 1 });
    expect(wrong.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      "/environment",
      "/release",
      "/runId",
      "/version",
    ]);
  });

  test("a rollback deploys the success before it again, and says what it takes back", async () => {
    const first = await deployed("v1", "succeeded");
    await deployed("v1.5", "failed");
    const other = await run(pipelineId, "succeeded");
    const second = await deployed("v2", "succeeded", { runId: other });
    const back = await rollBack(second.id);
    expect(back).toMatchObject({
      status: 201,
      body: { release: "v1", runId, environment: "production", status: "in-progress", rollsBack: second.id },
    });
    expect(await read(second.id)).toMatchObject({ status: "rolled-back", finishedAt: second.finishedAt, version: 3 });
    expect(await read(first.id)).toEqual(first);
    expect(await rollBack(second.id)).toMatchObject({ status: 409 });
  });

  test("a failure is rolled back to the last success, also one of the same release", async () => {
    await deployed("v1");
    const failed = await deployed("v1", "failed");
    expect((await rollBack(failed.id)).body).toMatchObject({ release: "v1", rollsBack: failed.id });
  });

  test("rolling a rollback back goes further back, not to the same release again", async () => {
    await deployed("v1");
    await deployed("v2");
    const third = await deployed("v3");
    const back = (await rollBack(third.id)).body;
    expect(back.release).toBe("v2");
    await report(back.id, "succeeded");
    expect((await rollBack(back.id)).body).toMatchObject({ release: "v1" });
  });

  test("what is in progress, not the last one, or the first success cannot be rolled back", async () => {
    const first = await deployed("v1");
    expect((await rollBack(first.id)).body.detail).toContain("nothing else succeeded");
    await deployed("v1", "succeeded", { environment: "staging" });
    const second = await deployed("v2");
    expect((await rollBack(first.id)).body.detail).toContain("v2");
    const third = (await deploy("v3")).body;
    expect(await rollBack(third.id)).toMatchObject({ status: 409 });
    expect(await rollBack(second.id)).toMatchObject({ status: 409 });
    expect(await read(second.id)).toEqual(second);
  });

  test("of two rollbacks at once, or one and a new deployment, one happens", async () => {
    await deployed("v1");
    const second = await deployed("v2");
    const answers = await Promise.all([rollBack(second.id), rollBack(second.id), deploy("v3")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const counts = await api.sql(
      "select count(*)::int as n from deployments where project_id = $1 and status = 'in-progress'",
      [projectId],
    );
    expect(counts).toEqual([{ n: 1 }]);
  });

  test("pages of a list stay what they were while new ones begin, and can be filtered", async () => {
    for (let n = 1; n <= 5; n++) await deployed(`v${n}`, n % 2 ? "succeeded" : "failed");
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/api/projects/${projectId}/deployments?limit=2${cursor ? `&cursor=${cursor}` : ""}`;
      const { body } = await api.send("GET", path);
      seen.push(...body.items.map(({ release }: { release: string }) => release));
      cursor = body.nextCursor;
      await deployed(`later-${seen.length}`, "succeeded", { environment: "staging" });
    } while (cursor);
    expect(seen).toEqual(["v5", "v4", "v3", "v2", "v1"]);
    const list = async (query: string) =>
      (await api.send("GET", `/api/projects/${projectId}/deployments?${query}`)).body.items.length;
    expect(await list("environment=staging")).toBe(3);
    expect(await list("environment=production&status=failed")).toBe(2);
    expect(await api.send("GET", `/api/projects/${projectId}/deployments?environment=moon`)).toMatchObject({
      status: 400,
    });
  });

  test("what does not exist is a 404, and whoever may only look changes nothing", async () => {
    expect(await api.send("GET", `/api/projects/${unknown}/deployments`)).toMatchObject({ status: 404 });
    for (const id of [unknown, "%00"]) {
      expect(await api.send("GET", `/api/deployments/${id}`)).toMatchObject({ status: 404 });
      expect(await rollBack(id)).toMatchObject({ status: 404 });
      expect(await report(id, "failed")).toMatchObject({ status: 404 });
    }
    const sent = { body: { environment: "staging", runId, release: "v1" }, as: principal("vera", "viewer") };
    expect(await api.send("POST", `/api/projects/${projectId}/deployments`, sent)).toMatchObject({ status: 403 });
  });

  test("one that begins while its project or its pipeline is deleted does so before that or not at all", async () => {
    for (let round = 0; round < 10; round++) {
      ({ projectId, pipelineId } = await project());
      runId = await run(pipelineId, "succeeded");
      const pipeline = `/api/pipelines/${pipelineId}`;
      await api.send("PATCH", pipeline, { body: { status: "cancelled" } });
      const path = round % 2 ? pipeline : `/api/projects/${projectId}`;
      const [begun, deleted] = await Promise.all([deploy("v1"), api.send("DELETE", path)]);
      // Without its pipeline a project has no such run any more.
      expect(`${begun.status} ${deleted.status}`).toMatch(round % 2 ? /^(201|422) 204$/ : /^(201 409|404 204)$/);
    }
  });

  test("one in progress keeps its project; the history of an environment outlives its pipelines", async () => {
    const { id } = (await deploy("v1")).body;
    await api.send("PATCH", `/api/pipelines/${pipelineId}`, { body: { status: "cancelled" } });
    const kept = await api.send("DELETE", `/api/projects/${projectId}`);
    expect(kept).toMatchObject({ status: 409 });
    expect(kept.body.detail).toContain(id);
    await report(id, "succeeded");
    expect(await api.send("DELETE", `/api/pipelines/${pipelineId}`)).toMatchObject({ status: 204 });
    expect(await read(id)).toMatchObject({ release: "v1", runId: null });
    expect(await api.send("DELETE", `/api/projects/${projectId}`)).toMatchObject({ status: 204 });
    expect(await api.send("GET", `/api/deployments/${id}`)).toMatchObject({ status: 404 });
  });
});
