import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { stackDir } from "@golive/local/places.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { bearer, golive, goliveJson, kubectl, prefix, sql, stack, start, url } from "./golive.ts";
import { until } from "./until.ts";

/** One story on one platform: it comes up, serves, is observed, is backed up and loses parts. The order matters. */

const app = `${prefix}-app`;

async function json<T = Record<string, unknown>>(target: string, init?: RequestInit): Promise<T> {
  const response = await fetch(target, { signal: AbortSignal.timeout(10_000), ...init });
  if (!response.ok)
    throw new Error(`${init?.method ?? "GET"} ${target} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

async function createProject(slug: string, timeoutMs = 10_000): Promise<Response> {
  return fetch(url(8000, "/api/projects"), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: await bearer() },
    body: JSON.stringify({ name: slug, slug }),
    signal: AbortSignal.timeout(timeoutMs),
  });
}

async function promql(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const answer = await json<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(
    url(9090, `/api/v1/query?query=${encodeURIComponent(query)}`),
  );
  return answer.data.result;
}

describe("up", () => {
  beforeAll(async () => {
    // Stopped half-way first: what it leaves behind is taken up by the run after it.
    const halfWay = start(["up", stack]);
    await until("the stack's resources", 900_000, async () =>
      (await kubectl(["get", "namespace", app], { reject: false })).exit === 0 ? true : undefined,
    );
    halfWay.kill("SIGINT");
    const stopped = await halfWay;
    expect(stopped.exitCode, stopped.stderr).toBe(130);
    const up = await golive(["up", stack]);
    expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
  }, 1_800_000);

  test("everything answers where the table of URLs says", async () => {
    expect(await json(url(8000, "/api/health"))).toMatchObject({
      status: "ok",
      checks: { postgres: { status: "up" } },
    });
    expect(await json(url(16686, "/api/services"))).toHaveProperty("data");
    expect(await json(url(9093, "/api/v2/status"))).toHaveProperty("cluster");
    expect((await fetch(url(9090, "/-/ready"))).status).toBe(200);
  });

  test("a second up changes nothing and says so", async () => {
    const again = await goliveJson<{ unchanged: boolean; changes: Record<string, number> }>(["up", stack]);
    expect(again).toMatchObject({ unchanged: true });
  });

  test("of two at once, one is refused with the other's process id", async () => {
    const both = [start(["up", stack]), start(["up", stack])];
    const ended = await Promise.all(both);
    const refused = ended.filter(({ exitCode }) => exitCode === 4);
    expect(ended.map(({ exitCode }) => exitCode).sort(), ended.map(({ stderr }) => stderr).join("\n")).toEqual([0, 4]);
    const winner = both[ended.findIndex(({ exitCode }) => exitCode === 0)];
    expect(refused[0]?.stderr).toContain(String(winner?.pid));
  });

  test("status is healthy, and says so to programs", async () => {
    const status = await until("a healthy status", 120_000, () =>
      goliveJson<{ healthy: boolean; problems: string[] }>(["status", stack]),
    );
    expect(status).toMatchObject({ healthy: true, problems: [] });
  });

  test("preview finds nothing to do", async () => {
    const preview = await golive(["preview", stack, "--json"]);
    expect(preview.exit, preview.stderr).toBe(0);
  });

  test("a port that another program holds is named, with the flag to go on", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(38_000, "127.0.0.1", resolve));
    try {
      const refused = await golive(["up", stack], { env: { GOLIVE_PORT_OFFSET: "30000" } });
      expect(refused.exit).toBe(3);
      expect(refused.stderr).toContain("38000");
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
    // The offset of the tests again.
    expect((await golive(["up", stack])).exit).toBe(0);
  });
});

describe("first real traffic", () => {
  test("a request is one trace through HTTP, express and Postgres", async () => {
    const created = await createProject("traced");
    expect(created.status).toBe(201);
    const trace = created.headers.get("x-trace-id") ?? "";
    expect(trace).toMatch(/^[0-9a-f]{32}$/);
    const spans = await until("the trace in Jaeger", 60_000, async () => {
      const found = await json<{
        data: { spans: { operationName: string; tags: { key: string; value: unknown }[] }[] }[];
      }>(url(16686, `/api/traces/${trace}`));
      const all = found.data[0]?.spans ?? [];
      return all.length >= 2 ? all : undefined;
    });
    const scopes = new Set(
      spans.flatMap(({ tags }) =>
        tags.filter(({ key }) => key === "otel.scope.name").map(({ value }) => String(value)),
      ),
    );
    expect([...scopes].join(" ")).toMatch(/instrumentation-http/);
    expect([...scopes].join(" ")).toMatch(/instrumentation-pg/);
    expect(JSON.stringify(spans)).toContain("/api/projects");
  });

  test("Prometheus scrapes every target, both gateways among them", async () => {
    await until("all targets up", 120_000, async () => {
      const targets = await promql("up");
      const down = targets.filter(({ value }) => value[1] !== "1");
      if (down.length > 0) throw new Error(`down: ${JSON.stringify(down.map(({ metric }) => metric))}`);
      return targets.filter(({ metric }) => metric.job === "gateway").length === 2 ? true : undefined;
    });
    const requests = await until(
      "the request's metric",
      60_000,
      async () => (await promql('sum(http_server_request_duration_seconds_count{http_route="/api/projects"})'))[0],
    );
    expect(Number(requests.value[1])).toBeGreaterThan(0);
  });

  test("Jaeger turns spans into metrics", async () => {
    await until(
      "span metrics",
      120_000,
      async () => (await promql('sum(traces_span_metrics_calls_total{service_name="gateway"})'))[0],
    );
  });

  test("the watchdog alert reaches Alertmanager", async () => {
    await until("the watchdog", 120_000, async () => {
      const alerts = await json<{ labels: { alertname: string } }[]>(url(9093, "/api/v2/alerts"));
      return alerts.find(({ labels }) => labels.alertname === "Watchdog");
    });
  });
});

describe("backups", () => {
  test("a backup is listed, restored beside the live database, and equal to it", async () => {
    expect((await createProject("kept")).status).toBe(201);
    const ran = await golive(["backup", "run"]);
    expect(ran.exit, `${ran.stdout}\n${ran.stderr}`).toBe(0);
    const listed = await golive(["backup", "list", "--json"]);
    expect(listed.exit, listed.stderr).toBe(0);
    const id = /"id":\s*"([^"]+)"/.exec(listed.stdout)?.[1];
    expect(id).toBeDefined();
    expect((await createProject("after-the-backup")).status).toBe(201);

    const restored = await golive(["restore", String(id), "--into", "scratch"]);
    expect(restored.exit, `${restored.stdout}\n${restored.stderr}`).toBe(0);
    expect(await sql("select count(*) from projects where slug = 'kept'", "scratch")).toBe("1");
    expect(await sql("select count(*) from projects where slug = 'after-the-backup'", "scratch")).toBe("0");

    const again = await golive(["restore", String(id), "--into", "scratch"]);
    expect(again.exit).toBe(7);
    expect(again.stderr).toContain("scratch");
    await sql("drop database scratch", "postgres");
  });

  test("an id that does not exist is refused by name", async () => {
    const ended = await golive(["restore", "2020-01-01T000000Z-000000", "--into", "nowhere"]);
    expect(ended.exit).toBe(7);
    expect(ended.stderr + ended.stdout).toContain("2020-01-01T000000Z-000000");
  });
});

describe("walls", () => {
  /** Connects from a pod of the gateway: what its policies allow, it may; all else is refused. */
  async function gatewayReaches(host: string, port: number): Promise<boolean> {
    const script = `const s=require("node:net").connect(${port},${JSON.stringify(host)});s.setTimeout(4000,()=>process.exit(7));s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(7))`;
    const ended = await kubectl(["-n", app, "exec", "deploy/gateway", "--", "node", "-e", script], { reject: false });
    if (ended.exit !== 0 && !/exit code 7/.test(ended.stderr)) throw new Error(ended.stderr);
    return ended.exit === 0;
  }

  test("the gateway reaches its database and the trace collector, not the object store nor Prometheus", async () => {
    expect(await gatewayReaches(`postgres-rw.${app}`, 5432)).toBe(true);
    expect(await gatewayReaches(`jaeger.${prefix}-observability`, 4318)).toBe(true);
    expect(await gatewayReaches(`object-store.${prefix}-storage`, 7070)).toBe(false);
    expect(await gatewayReaches(`prometheus.${prefix}-observability`, 9090)).toBe(false);
    expect(await gatewayReaches("kubernetes.default", 443)).toBe(false);
  });

  test("a privileged pod is refused in every namespace of the platform", async () => {
    for (const namespace of ["app", "storage", "observability"]) {
      const refused = await kubectl(
        ["-n", `${prefix}-${namespace}`, "run", "intruder", "--image=localhost/none:1", "--privileged"],
        { reject: false },
      );
      expect(refused.exit).not.toBe(0);
      expect(refused.stderr).toMatch(/violates PodSecurity/);
    }
  });

  test("no password of the platform stands in Pulumi's state or logs", async () => {
    const secrets = JSON.parse((await kubectl(["get", "secrets", "-n", app, "-o", "json"])).stdout) as {
      items: { metadata: { name: string }; data?: Record<string, string> }[];
    };
    const passwords = secrets.items
      .flatMap(({ data = {} }) => Object.entries(data).filter(([key]) => /password|secret/i.test(key)))
      .map(([, value]) => Buffer.from(value, "base64").toString())
      .filter((value) => value.length >= 12);
    expect(passwords.length).toBeGreaterThan(2);
    const folder = stackDir(stack);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
      const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
      for (const password of passwords) expect(text.includes(password), `${entry.name} holds a password`).toBe(false);
    }
  });
});

describe("faults", () => {
  test("a gateway pod that dies is not noticed by clients who retry once", async () => {
    const pod =
      (await kubectl(["-n", app, "get", "pods", "-l", "app.kubernetes.io/name=gateway", "-o", "name"])).stdout.split(
        "\n",
      )[0] ?? "";
    const killed = kubectl(["-n", app, "delete", pod, "--grace-period=0", "--force"]);
    const answers: number[] = [];
    const headers = { authorization: await bearer() };
    for (let n = 0; n < 100; n++) {
      const once = () => fetch(url(8000, "/api/projects?limit=1"), { headers, signal: AbortSignal.timeout(5_000) });
      answers.push((await once().catch(once)).status);
    }
    await killed;
    expect(new Set(answers)).toEqual(new Set([200]));
    await until("two gateways again", 120_000, async () =>
      (await kubectl(["-n", app, "get", "deployment", "gateway", "-o", "jsonpath={.status.readyReplicas}"])).stdout ===
      "2"
        ? true
        : undefined,
    );
  });

  test("the primary is killed under load: a standby takes over, and no confirmed row is lost", async () => {
    const primaryOf = async () =>
      (await kubectl(["-n", app, "get", "cluster", "postgres", "-o", "jsonpath={.status.currentPrimary}"])).stdout;
    const before = await primaryOf();
    const confirmed: string[] = [];
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) {
        const slug = `row-${n}`;
        const status = await createProject(slug, 4_000).then(
          (response) => response.status,
          () => 0,
        );
        if (status === 201) confirmed.push(slug);
      }
    })();
    await until("rows before the kill", 30_000, async () => (confirmed.length > 30 ? true : undefined));
    const atKill = confirmed.length;
    await kubectl(["-n", app, "delete", "pod", before, "--grace-period=0", "--force"]);
    await until("rows after the failover", 180_000, async () =>
      confirmed.length > atKill + 30 && (await primaryOf()) !== before ? true : undefined,
    );
    writing = false;
    await writer;
    const rows = new Set((await sql("select slug from projects where slug like 'row-%'")).split("\n"));
    expect(confirmed.filter((slug) => !rows.has(slug))).toEqual([]);
    await until("two healthy instances again", 240_000, async () =>
      (await kubectl(["-n", app, "get", "cluster", "postgres", "-o", "jsonpath={.status.readyInstances}"])).stdout ===
      "2"
        ? true
        : undefined,
    );
  });

  test("the cluster is killed outright and up brings it back with its data", async () => {
    const count = await sql("select count(*) from projects");
    const { components } = await goliveJson<{
      components: Record<string, { pid?: number }>;
      supervisor?: { pid: number };
      pid?: number;
    }>(["cluster", "status", "--name", "golive-test"]);
    const pids = Object.values(components).flatMap(({ pid }) => (pid ? [pid] : []));
    expect(pids.length).toBeGreaterThan(5);
    for (const pid of pids) process.kill(pid, "SIGKILL");
    const up = await golive(["up", stack]);
    expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
    expect(await until("the rows", 180_000, () => sql("select count(*) from projects"))).toBe(count);
  });
});
