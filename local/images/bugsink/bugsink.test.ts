import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultStackParser, makeNodeTransport, NodeClient, Scope } from "@sentry/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BugsinkServer, randomSecrets } from "./testing/bugsink-server.ts";
import { pythonMissing } from "./testing/python-packages.ts";

const requirements = readFileSync(join(import.meta.dirname, "requirements.txt"), "utf8");

test("every package is pinned to a version and to the hashes of its files, and no index is named", () => {
  const packages = requirements.split("\n").filter((line) => /^\S/.test(line) && !line.startsWith("#"));
  expect(packages.length).toBeGreaterThan(30);
  for (const line of packages) expect(line).toMatch(/^[a-z0-9-]+==\S+ .*\\$/);
  expect(requirements.match(/--hash=sha256:[0-9a-f]{64}/g)?.length).toBeGreaterThan(packages.length);
  expect(requirements).not.toMatch(/https?:\/\//);
});

// Real programs on a busy machine, the first time with an install before it.
describe.skipIf(pythonMissing())("the error tracker", { timeout: 240_000 }, () => {
  const server = new BugsinkServer();
  const secrets = randomSecrets();
  beforeAll(async () => {
    expect(await server.start(secrets)).toBeUndefined();
  }, 900_000);
  afterAll(() => server.remove());

  const dsn = (project: number, key: string) => server.origin.replace("://", `://${key}@`).concat(`/${project}`);

  /** Sends an error with Sentry's own SDK, in a trace. @returns the event's id, and the statuses that the tracker answered with */
  async function send(to: string, message: string, traceId: string): Promise<{ id: string; statuses: number[] }> {
    const statuses: number[] = [];
    const client = new NodeClient({
      dsn: to,
      integrations: [],
      stackParser: defaultStackParser,
      transport: (options) => {
        const transport = makeNodeTransport(options);
        return {
          flush: transport.flush,
          send: async (envelope) => {
            const answer = await transport.send(envelope);
            statuses.push(answer.statusCode ?? 0);
            return answer;
          },
        };
      },
    });
    client.init();
    const scope = new Scope();
    scope.setClient(client);
    scope.setPropagationContext({ traceId, sampleRand: 0, propagationSpanId: randomBytes(8).toString("hex") });
    const id = scope.captureException(new Error(message));
    await client.close(30_000);
    return { id, statuses };
  }

  async function read<T>(path: string, token = secrets["api-token"]): Promise<{ status: number; body: T }> {
    const response = await fetch(`${server.origin}/api/canonical/0/${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, body: (await response.json()) as T };
  }

  interface Page<T> {
    readonly results: readonly T[];
  }
  interface StoredEvent {
    readonly id: string;
    readonly data: { readonly contexts: { readonly trace: { readonly trace_id: string } } };
  }

  const issuesOf = (traceId: string) =>
    read<Page<{ id: string; project: number; calculated_value: string }>>(`issues/?q=trace:${traceId}`);

  test("an error that Sentry's SDK sends is found by its trace and by its id", async () => {
    const traceId = randomBytes(16).toString("hex");
    const { id, statuses } = await send(dsn(1, secrets["backend-key"]), "out of paper", traceId);
    expect(statuses).toEqual([200]);
    const issues = await issuesOf(traceId);
    expect(issues.body.results).toMatchObject([{ project: 1, calculated_value: "out of paper" }]);
    const events = await read<Page<{ id: string }>>(`events/?issue=${issues.body.results[0]?.id}&q=trace:${traceId}`);
    const byId = await read<StoredEvent>(`events/lookup/?project=1&event_id=${id}`);
    expect(byId.body.data.contexts.trace.trace_id).toBe(traceId);
    expect(events.body.results.map((event) => event.id)).toEqual([byId.body.id]);
  });

  test("each project takes its own key and no other", async () => {
    const traceId = randomBytes(16).toString("hex");
    expect((await send(dsn(2, secrets["frontend-key"]), "in a browser", traceId)).statuses).toEqual([200]);
    expect((await send(dsn(1, secrets["frontend-key"]), "wrong key", traceId)).statuses).toEqual([403]);
    const { body } = await issuesOf(traceId);
    expect(body.results.map(({ project, calculated_value }) => [project, calculated_value])).toEqual([
      [2, "in a browser"],
    ]);
  });

  test("the token reads and changes nothing, and without it nothing is read", async () => {
    const { body } = await read<Page<{ id: string }>>("issues/");
    const issue = `${server.origin}/api/canonical/0/issues/${body.results[0]?.id}/`;
    const headers = { authorization: `Bearer ${secrets["api-token"]}` };
    const change = (method: string, url: string) => fetch(url, { method, headers }).then(({ status }) => status);
    expect(await change("DELETE", issue)).toBe(403);
    expect(await change("POST", `${issue}resolve/`)).toBe(403);
    expect((await read("projects/")).status).toBe(403);
    expect((await read("issues/", "0".repeat(40))).status).toBe(401);
  });

  async function logIn(password: string): Promise<{ status: number; page: string }> {
    const url = `${server.origin}/accounts/login/`;
    const form = await fetch(url);
    const token = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(await form.text())?.[1] ?? "";
    const cookie = (response: Response) => response.headers.getSetCookie().map((line) => line.split(";")[0]);
    const answer = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { origin: server.origin, cookie: cookie(form).join("; ") },
      body: new URLSearchParams({ csrfmiddlewaretoken: token, username: server.account, password }),
    });
    const home = await fetch(`${server.origin}/issues/1/`, { headers: { cookie: cookie(answer).join("; ") } });
    return { status: answer.status, page: await home.text() };
  }

  test("a person logs in with the password of the Secret, sees the issues, and loads nothing from elsewhere", async () => {
    await send(dsn(1, secrets["backend-key"]), "seen by people", randomBytes(16).toString("hex"));
    const { status, page } = await logIn(secrets["admin-password"]);
    expect(status).toBe(302);
    expect(page).toContain("seen by people");
    expect([...page.matchAll(/(?:src|<link[^>]* href)="(https?:)?\/\/[^"]*"/g)].map(([all]) => all)).toEqual([]);
    expect((await logIn("something else")).status).toBe(200);
  });

  test("a restart with a new Secret keeps the events, and the old words are worth nothing", async () => {
    const traceId = randomBytes(16).toString("hex");
    await send(dsn(1, secrets["backend-key"]), "before the restart", traceId);
    expect(await server.stop()).toBe(0);
    const next = randomSecrets();
    expect(await server.start(next)).toBeUndefined();
    const again = await read<Page<unknown>>(`issues/?q=trace:${traceId}`, next["api-token"]);
    expect(again.body.results).toHaveLength(1);
    expect((await read("issues/", secrets["api-token"])).status).toBe(401);
    expect((await send(dsn(1, secrets["backend-key"]), "old key", traceId)).statuses).toEqual([403]);
    expect((await send(dsn(1, next["backend-key"]), "new key", traceId)).statuses).toEqual([200]);
    expect((await logIn(secrets["admin-password"])).status).toBe(200);
    expect((await logIn(next["admin-password"])).status).toBe(302);
    for (const secret of [...Object.values(secrets), ...Object.values(next)]) expect(server.said).not.toContain(secret);
  });

  test.each([
    [{ "api-token": "short" }, {}, "bugsink: api-token is not 40 lower-case hex digits, it has 5 characters\n"],
    [
      { "backend-key": "A".repeat(32) },
      {},
      "bugsink: backend-key is not 32 lower-case hex digits, it has 32 characters\n",
    ],
    [{ "admin-password": "" }, {}, /^bugsink: \/.*\/admin-password is empty\n$/],
    [{}, { RETENTION_EVENTS: "many" }, "bugsink: RETENTION_EVENTS is not a whole number from 100, it is 'many'\n"],
    [{}, { BASE_URL: "" }, "bugsink: BASE_URL is not set\n"],
    [{}, { ACCESS_DIR: "/nowhere" }, "bugsink: /nowhere/backend-key cannot be read: No such file or directory\n"],
  ])("%j with %j is refused in one line before the disk is touched", async (secret, variable, line) => {
    const other = new BugsinkServer();
    try {
      const refusal = await other.start({ ...randomSecrets(), ...secret }, variable);
      expect(refusal?.said).toMatch(line);
      expect(refusal?.code).toBe(1);
      expect(readdirSync(other.data)).toEqual([]);
    } finally {
      await other.remove();
    }
  });
});
