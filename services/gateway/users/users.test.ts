import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { admin, type DomainApi, operator, principal, startDomainApi } from "../audit/testing/domain-api.ts";
import { principalOf } from "../auth/principal.ts";
import { DatabaseUnavailable } from "../database/failure.ts";
import { createLogger } from "../telemetry/log.ts";
import { userOperations } from "./operations.ts";
import { refuseDisabled } from "./refuse-disabled.ts";

describe.skipIf(postgresMissing())("users", { timeout: 120_000 }, () => {
  let api: DomainApi;
  beforeAll(async () => {
    api = await startDomainApi();
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  const create = (email: string, more = {}) =>
    api.send("POST", "/api/users", { body: { email, name: "Somebody", ...more }, as: admin });

  test("one is created as a viewer, read, changed and deleted, each under its version", async () => {
    const created = await create("Grace@golive.example");
    expect(created).toMatchObject({
      status: 201,
      body: { email: "Grace@golive.example", role: "viewer", disabled: false, version: 1 },
    });
    const path = created.headers.get("location") ?? "";
    const changed = await api.send("PATCH", path, { body: { role: "operator", disabled: true }, as: admin });
    expect(changed.body).toMatchObject({ role: "operator", disabled: true, name: "Somebody", version: 2 });
    const stale = { as: admin, headers: { "if-match": '"1"' } };
    expect(await api.send("PATCH", path, { ...stale, body: { name: "x" } })).toMatchObject({ status: 412 });
    expect(await api.send("DELETE", path, stale)).toMatchObject({ status: 412 });
    expect((await api.send("GET", path, { as: admin })).body).toEqual(changed.body);
    expect(await api.send("DELETE", path, { as: admin })).toMatchObject({ status: 204 });
    expect(await api.send("GET", path, { as: admin })).toMatchObject({ status: 404 });
  });

  test("an address belongs to one user however it is written, also when ten ask for it at once", async () => {
    const spellings = Array.from({ length: 10 }, (_, n) => (n % 2 ? "Twin@golive.example" : "tWIN@GoLive.Example"));
    const answers = await Promise.all(spellings.map((email) => create(email)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    const refused = answers.find(({ status }) => status === 409)?.body;
    expect(refused).toMatchObject({ type: "urn:golive:problem:email-taken", errors: [{ pointer: "/email" }] });
    expect(JSON.stringify(refused)).not.toMatch(/twin/i);
    const other = (await create("other@golive.example")).body;
    const taken = await api.send("PATCH", `/api/users/${other.id}`, {
      body: { email: "TWIN@golive.example" },
      as: admin,
    });
    expect(taken).toMatchObject({ status: 409 });
    // One's own address in other letters is nobody else's.
    const own = await api.send("PATCH", `/api/users/${other.id}`, {
      body: { email: "OTHER@golive.example" },
      as: admin,
    });
    expect(own).toMatchObject({ status: 200, body: { email: "OTHER@golive.example" } });
  });

  test.each([
    [{ email: "no", name: "x" }, ["/email"]],
    [{ email: `${"a".repeat(250)}@golive.example`, name: "x" }, ["/email"]],
    [
      { email: "a@golive.example", name: " ", role: "root", disabled: "no", id: 1 },
      ["/disabled", "/id", "/name", "/role"],
    ],
    [{ email: "a@golive.example\u0000", name: "x" }, ["/email"]],
  ])("%j is refused field by field", async (body, pointers) => {
    const answer = await api.send("POST", "/api/users", { body, as: admin });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(pointers);
  });

  test("only administrators see or change users, and everyone sees themselves", async () => {
    for (const { method, path, access } of Object.values(userOperations)) {
      if (access !== "admin") continue;
      const sent = { as: operator, body: method === "get" || method === "delete" ? undefined : {} };
      expect(await api.send(method.toUpperCase(), path.replace(":id", admin.id), sent)).toMatchObject({ status: 403 });
    }
    const user = (await create("me@golive.example", { role: "operator" })).body;
    const me = await api.send("GET", "/api/me", { as: principal(user.id, "operator") });
    expect(me.body).toEqual({ id: user.id, roles: ["operator"], user });
    for (const id of ["auth0|5f7c8ec7c33c6c004bbafe82", "01a21058-56ed-760c-a703-2b94c7fb6895"]) {
      const stranger = await api.send("GET", "/api/me", { as: principal(id, "viewer") });
      expect(stranger).toMatchObject({ status: 200, body: { id, roles: ["viewer"], user: null } });
    }
    expect(await api.send("GET", "/api/me", { as: null })).toMatchObject({ status: 401 });
  });

  test("pages stay what they were while users come and go", async () => {
    await api.sql("delete from users");
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await create(`page-${n}@golive.example`)).body.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/api/users?limit=2${cursor ? `&cursor=${cursor}` : ""}`;
      const { body } = await api.send("GET", path, { as: admin });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
      await create(`between-${seen.length}@golive.example`);
      await api.send("DELETE", `/api/users/${seen.at(-1)}`, { as: admin });
    } while (cursor);
    expect(seen).toEqual(ids);
  });

  test("the table itself refuses what no person could be", async () => {
    const insert = (email: string, role: string) =>
      api.sql("insert into users (id, email, name, role) values (gen_random_uuid(), $1, 'x', $2)", [email, role]);
    await expect(insert("no address", "viewer")).rejects.toThrow(/users_email_check/);
    await expect(insert("a@golive.example", "root")).rejects.toThrow(/users_role_check/);
  });
});

describe("a disabled user", () => {
  const id = "01a21058-56ed-760c-a703-2b94c7fb6895";
  const pass = async (handler: ReturnType<typeof refuseDisabled>, who: string | undefined) => {
    const response = { locals: who === undefined ? {} : { principal: principal(who, "admin") } };
    // biome-ignore lint/suspicious/noExplicitAny: what the middleware reads of a response
    const given = response as any;
    let passed = false;
    await handler({} as never, given, () => {
      passed = principalOf(given)?.id === who;
    });
    return passed;
  };

  test("is refused within seconds, with one query for all requests of that time", async () => {
    let asked = 0;
    let disabled: { id: string }[] = [];
    let clock = 0;
    const query = async () => {
      asked += 1;
      return disabled as never;
    };
    const handler = refuseDisabled({ database: { query }, log: createLogger("silent"), now: () => clock });
    expect(await pass(handler, undefined)).toBe(true);
    expect(asked).toBe(0);
    expect(await Promise.all([pass(handler, id), pass(handler, id), pass(handler, "other")])).toEqual([
      true,
      true,
      true,
    ]);
    expect(asked).toBe(1);
    disabled = [{ id }];
    clock += 10_000;
    await expect(pass(handler, id.toUpperCase())).rejects.toMatchObject({ type: "forbidden" });
    expect(await pass(handler, "other")).toBe(true);
    expect(asked).toBe(2);
  });

  test("stays refused while the database is away, and others pass", async () => {
    let away = false;
    let clock = 0;
    const query = async () => {
      if (away) throw new DatabaseUnavailable("gone");
      return [{ id }] as never;
    };
    const handler = refuseDisabled({ database: { query }, log: createLogger("silent"), now: () => clock });
    await expect(pass(handler, id)).rejects.toMatchObject({ type: "forbidden" });
    away = true;
    clock += 60_000;
    await expect(pass(handler, id)).rejects.toMatchObject({ type: "forbidden" });
    expect(await pass(handler, "other")).toBe(true);
  });
});
