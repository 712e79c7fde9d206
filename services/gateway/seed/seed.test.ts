import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { auditEntry } from "../audit/schema.ts";
import { admin, type DomainApi, startDomainApi } from "../audit/testing/domain-api.ts";
import { deployment } from "../deployments/schema.ts";
import { runWithSteps } from "../runs/schema.ts";
import { user } from "../users/schema.ts";
import { seedRows } from "./rows.ts";
import { seed } from "./seed.ts";

const nothing = { user: 0, project: 0, pipeline: 0, run: 0, deployment: 0 };
const everything = { user: 4, project: 3, pipeline: 3, run: 7, deployment: 7 };

test("the rows are the same each time, and their ids are unique", () => {
  expect(seedRows()).toEqual(seedRows());
  const ids = seedRows().flatMap(({ values }) => (values["id"] ? [values["id"]] : []));
  expect(new Set(ids).size).toBe(24);
});

test("the ids stay what they are: databases out there have them", () => {
  const named = seedRows().filter(
    ({ values }) => values["slug"] === "shop" || values["email"] === "ada@golive.example",
  );
  expect(named.map(({ values }) => values["id"])).toMatchInlineSnapshot(`
    [
      "019b8d62-7a80-7a38-803d-a0cc30a5ebbd",
      "019b8d62-7a80-7ae6-8d8e-a5a47007ce97",
    ]
  `);
});

describe.skipIf(postgresMissing())("the seed", { timeout: 120_000 }, () => {
  let api: DomainApi;
  beforeAll(async () => {
    api = await startDomainApi();
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });

  test("fills an empty database with what the API can show", async () => {
    expect(await seed(api.database)).toEqual(everything);
    const get = async (path: string) => (await api.send("GET", path, { as: admin })).body;
    const users = (await get("/api/users")).items;
    expect(users.map((each: unknown) => user.parse(each).role).sort()).toEqual([
      "admin",
      "admin",
      "operator",
      "viewer",
    ]);
    const shop = (await get("/api/projects")).items.find(({ slug }: { slug: string }) => slug === "shop");
    const pipelines = (await get(`/api/projects/${shop.id}/pipelines`)).items;
    const main = pipelines.find(({ name }: { name: string }) => name === "main");
    const runs = (await get(`/api/pipelines/${main.id}/runs`)).items;
    expect(runs.map(({ number }: { number: number }) => number)).toEqual([5, 4, 3, 2, 1]);
    for (const { id, status } of runs) {
      const run = runWithSteps.parse(await get(`/api/runs/${id}`));
      expect(run.steps).toHaveLength(5);
      expect(run.steps.every((step) => step.status === "succeeded")).toBe(status === "succeeded");
      expect(run.durationMs).toBe(run.steps.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0));
    }
    const deployments = (await get(`/api/projects/${shop.id}/deployments`)).items;
    expect(deployments.map((each: unknown) => deployment.parse(each).release)).toEqual([
      "v1.1.1",
      "v1.1.0",
      "v1.1.0",
      "v1.0.0",
      "v1.0.0",
    ]);
    const entries = (await get("/api/audit?actorId=system&limit=100")).items;
    expect(entries.map((each: unknown) => auditEntry.parse(each).action)).toEqual(Array(24).fill("created"));
    expect(JSON.stringify(entries)).not.toMatch(/golive\.example|storefront/);
  });

  test("a second time adds nothing and changes nothing", async () => {
    await api.sql("update users set name = 'Ada Renamed' where email = 'ada@golive.example'");
    const dump = () => api.sql("select * from users order by id");
    const before = await dump();
    expect(await seed(api.database)).toEqual(nothing);
    expect(await dump()).toEqual(before);
  });

  test("what was deleted comes back, once when two seed at once, and what is new is on top", async () => {
    const newer = (await api.send("POST", "/api/projects", { body: { name: "Mine", slug: "mine" } })).body;
    await api.sql("delete from projects where slug = 'shop'");
    const both = await Promise.all([seed(api.database), seed(api.database)]);
    expect(both).toContainEqual({ ...nothing, project: 1, pipeline: 2, run: 6, deployment: 5 });
    expect(both).toContainEqual(nothing);
    expect((await api.send("GET", "/api/projects?limit=1")).body.items).toEqual([newer]);
  });

  test("an example whose name is taken is left out with all below it", async () => {
    await api.sql("delete from projects");
    await api.send("POST", "/api/projects", { body: { name: "Mine", slug: "billing" } });
    await api.sql("update users set email = 'ADA@golive.example', id = gen_random_uuid() where email ilike 'ada@%'");
    expect(await seed(api.database)).toEqual({ user: 0, project: 2, pipeline: 2, run: 6, deployment: 5 });
  });

  const program = async (env: Record<string, string>) => {
    const { host, port, user: name, passwordFile } = api.postgres;
    const connection = {
      PGHOST: host,
      PGPORT: String(port),
      PGDATABASE: "app",
      PGUSER: name,
      PGPASSWORD_FILE: passwordFile,
      AUTH_SECRET_FILE: passwordFile,
    };
    const child = spawn(process.execPath, [new URL("./main.ts", import.meta.url).pathname], {
      env: { ...connection, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.once("close", resolve));
    return { code, output };
  };

  test("as a program it says what it added", async () => {
    await api.sql("delete from projects");
    const { code, output } = await program({ DEPLOYMENT_ENVIRONMENT: "local" });
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ project: 3, deployment: 7 });
  });

  test("as a program it refuses to put example users into production", async () => {
    await api.sql("delete from users");
    const { code, output } = await program({ DEPLOYMENT_ENVIRONMENT: "production" });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("is production") });
    expect(await api.sql("select 1 from users")).toEqual([]);
  });
});
