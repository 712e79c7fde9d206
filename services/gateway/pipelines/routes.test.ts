import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { startTestApi, type TestApi } from "../testing/test-api.ts";

const unknown = "01a21058-56ed-760c-a703-2b94c7fb6895";

describe.skipIf(postgresMissing())("pipelines", { timeout: 120_000 }, () => {
  let api: TestApi;
  let projectId: string;
  beforeAll(async () => {
    api = await startTestApi();
    projectId = (await api.send("POST", "/api/projects", { name: "Shop", slug: "shop" })).body.id;
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  const queue = async (project = projectId) =>
    (await api.send("POST", `/api/projects/${project}/pipelines`, { name: "build", ref: "main" })).body;
  const move = (id: string, status: string) => api.send("PATCH", `/api/pipelines/${id}`, { status });

  test("one goes from queued over running to succeeded, and its times with it", async () => {
    const queued = await queue();
    expect(queued).toMatchObject({ projectId, status: "queued", startedAt: null, finishedAt: null, version: 1 });
    const running = (await move(queued.id, "running")).body;
    expect(running).toMatchObject({ status: "running", startedAt: expect.any(String), finishedAt: null, version: 2 });
    const done = (await move(queued.id, "succeeded")).body;
    expect(done).toMatchObject({ status: "succeeded", startedAt: running.startedAt, version: 3 });
    expect(Date.parse(done.finishedAt)).toBeGreaterThanOrEqual(Date.parse(done.startedAt));
  });

  test("a step that does not exist is refused with the ones that do", async () => {
    const { id } = await queue();
    const answer = await move(id, "succeeded");
    expect(answer).toMatchObject({ status: 409, body: { type: "urn:golive:problem:transition-refused" } });
    expect(answer.body.errors[0].detail).toContain("running, cancelled");
    await move(id, "cancelled");
    expect((await move(id, "running")).body.errors[0].detail).toContain("it is finished");
    expect(await move(id, "cancelled")).toMatchObject({ status: 200, body: { version: 2 } });
  });

  test("of two who finish it differently at once, one wins and the row says so", async () => {
    const { id } = await queue();
    await move(id, "running");
    const answers = await Promise.all([move(id, "succeeded"), move(id, "failed")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200)?.body.status;
    expect((await api.send("GET", `/api/pipelines/${id}`)).body.status).toBe(winner);
  });

  test("a list can be filtered by status, and an unknown project has no list", async () => {
    const { id } = await queue();
    await move(id, "running");
    const running = await api.send("GET", `/api/projects/${projectId}/pipelines?status=running`);
    expect(running.body.items.map((item: { id: string }) => item.id)).toEqual([id]);
    expect(await api.send("GET", `/api/projects/${projectId}/pipelines?status=lost`)).toMatchObject({ status: 400 });
    expect(await api.send("GET", `/api/projects/${unknown}/pipelines`)).toMatchObject({ status: 404 });
    const orphan = await api.send("POST", `/api/projects/${unknown}/pipelines`, { name: "x", ref: "main" });
    expect(orphan).toMatchObject({ status: 404, body: { type: "urn:golive:problem:not-found" } });
    await move(id, "cancelled");
  });

  test("an unfinished one keeps its project; finished ones go with it", async () => {
    const project = (await api.send("POST", "/api/projects", { name: "x", slug: "doomed" })).body.id;
    const { id } = await queue(project);
    expect(await api.send("DELETE", `/api/pipelines/${id}`)).toMatchObject({ status: 409 });
    const kept = await api.send("DELETE", `/api/projects/${project}`);
    expect(kept).toMatchObject({ status: 409, body: { type: "urn:golive:problem:pipeline-unfinished" } });
    await move(id, "cancelled");
    expect(await api.send("DELETE", `/api/projects/${project}`)).toMatchObject({ status: 204 });
    expect(await api.send("GET", `/api/pipelines/${id}`)).toMatchObject({ status: 404 });
  });

  test("a pipeline queued while its project is deleted either keeps it or is refused; none is lost silently", async () => {
    for (let round = 0; round < 10; round++) {
      const project = (await api.send("POST", "/api/projects", { name: "x", slug: `race-${round}` })).body.id;
      const path = `/api/projects/${project}`;
      const [queued, deleted] = await Promise.all([
        api.send("POST", `${path}/pipelines`, { name: "build", ref: "main" }),
        api.send("DELETE", path),
      ]);
      expect([`${queued.status} ${deleted.status}`]).toContainEqual(expect.stringMatching(/^(201 409|404 204)$/));
    }
  });

  test("the table itself refuses times that do not fit a status", async () => {
    const { id } = await queue();
    await expect(api.sql("update pipelines set status = 'running' where id = $1", [id])).rejects.toThrow(
      /times_match_status/,
    );
  });
});
