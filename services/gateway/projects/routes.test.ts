import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { startTestApi, type TestApi } from "../testing/test-api.ts";

describe.skipIf(postgresMissing())("projects", { timeout: 120_000 }, () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  const create = async (slug: string) => (await api.send("POST", "/api/projects", { name: slug, slug })).body;

  test("what was created can be read at its location, with its version as ETag", async () => {
    const given = {
      name: "Shop — ☕",
      slug: "shop",
      description: "two\nlines",
      repositoryUrl: "https://git.example/shop.git",
    };
    const created = await api.send("POST", "/api/projects", given);
    expect(created).toMatchObject({ status: 201, body: { ...given, version: 1 } });
    expect(created.headers.get("etag")).toBe('"1"');
    const read = await api.send("GET", created.headers.get("location") ?? "");
    expect(read).toMatchObject({ status: 200, body: created.body });
    // fetch adds "no-cache" of its own to a conditional request, which would ask for a full answer.
    const conditional = { "if-none-match": '"1"', "cache-control": "max-age=0" };
    const unchanged = await api.send("GET", `/api/projects/${created.body.id}`, undefined, conditional);
    expect(unchanged).toMatchObject({ status: 304, body: undefined });
  });

  test("a slug belongs to one project, also when ten ask for it at once", async () => {
    const tries = Array.from({ length: 10 }, () => api.send("POST", "/api/projects", { name: "x", slug: "contested" }));
    const answers = await Promise.all(tries);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      type: "urn:golive:problem:slug-taken",
      errors: [{ pointer: "/slug" }],
    });
    const other = await create("other-one");
    expect(await api.send("PATCH", `/api/projects/${other.id}`, { slug: "contested" })).toMatchObject({ status: 409 });
  });

  test("every wrong field is reported at once as problem+json", async () => {
    const answer = await api.send("POST", "/api/projects", { slug: "No", repositoryUrl: 7, "a/b": 1 });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    const pointers = answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
    expect(pointers).toEqual(["/a~1b", "/name", "/repositoryUrl", "/slug"]);
  });

  test("a patch changes what it names, and nothing when nothing differs", async () => {
    const { id } = await create("patched");
    const changed = await api.send("PATCH", `/api/projects/${id}`, { description: "new" });
    expect(changed.body).toMatchObject({ description: "new", slug: "patched", version: 2 });
    const same = await api.send("PATCH", `/api/projects/${id}`, { description: "new" });
    expect(same.body).toEqual(changed.body);
  });

  test("of two people who change the same version, the second is told", async () => {
    const { id } = await create("edited");
    const at = { "if-match": '"1"' };
    const answers = await Promise.all([
      api.send("PATCH", `/api/projects/${id}`, { name: "first" }, at),
      api.send("PATCH", `/api/projects/${id}`, { name: "second" }, at),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(answers.find(({ status }) => status === 412)?.headers.get("etag")).toBe('"2"');
    expect(await api.send("DELETE", `/api/projects/${id}`, undefined, at)).toMatchObject({ status: 412 });
    expect(await api.send("DELETE", `/api/projects/${id}`, undefined, { "if-match": '"2"' })).toMatchObject({
      status: 204,
    });
    expect(await api.send("GET", `/api/projects/${id}`)).toMatchObject({ status: 404 });
  });

  test("pages stay what they were while rows come and go", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.unshift((await create(`page-${n}`)).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const answer = await api.send("GET", `/api/projects?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      seen.push(...answer.body.items.map(({ id }: { id: string }) => id));
      cursor = answer.body.nextCursor;
      // Newer rows, and the very row the cursor names, must not disturb the pages after it.
      await create(`between-${seen.length}`);
      await api.send("DELETE", `/api/projects/${seen.at(-1)}`);
    } while (cursor);
    expect(seen.slice(0, 7)).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test.each(["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "cursor=%27%3B--", "cursor=%00"])(
    "?%s is refused by name",
    async (query) => {
      const answer = await api.send("GET", `/api/projects?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { type: "urn:golive:problem:invalid-query" } });
      expect(answer.body.errors).toEqual([expect.objectContaining({ parameter: query.split("=")[0] })]);
    },
  );

  test.each([
    ["a NUL", "%00"],
    ["a quote", "%27%20or%201=1--"],
    ["ten thousand characters", "a".repeat(10_000)],
    ["a path", "..%2f..%2fetc"],
    ["a number", "0"],
    ["nearly an id", "01a21058-56ed-760c-a703-2b94c7fb689g"],
    ["an emoji", "%F0%9F%92%A5"],
  ])("%s as an id names nothing", async (_what, id) => {
    for (const method of ["GET", "DELETE"]) {
      expect(await api.send(method, `/api/projects/${id}`)).toMatchObject({ status: 404 });
      expect(await api.send(method, `/api/pipelines/${id}`)).toMatchObject({ status: 404 });
    }
    expect(await api.send("PATCH", `/api/projects/${id}`, { name: "x" })).toMatchObject({ status: 404 });
    expect(await api.send("GET", `/api/projects/${id}/pipelines`)).toMatchObject({ status: 404 });
  });
});
