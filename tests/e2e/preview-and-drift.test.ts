import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PreviewDocument } from "@golive/cli/preview/document.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, golive, kubectl, prefix, stack } from "./golive.ts";

/** What reviewers and the night see: previews by the real engine on a real cluster, plans, drift. */

const app = `${prefix}-app`;
const observability = `${prefix}-observability`;
const folder = mkdtempSync(join(tmpdir(), "golive-changes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(import.meta.dirname, "../..", `Pulumi.${stack}.yaml`);
const original = readFileSync(file, "utf8");
afterAll(() => writeFileSync(file, original));

/** The stack's file with a line of it changed, for as long as `work` takes. */
async function changed<T>(from: string | RegExp, to: string, work: () => Promise<T>): Promise<T> {
  const text = original.replace(from, to);
  if (text === original) throw new Error(`${from} is not in ${file}`);
  writeFileSync(file, text);
  try {
    return await work();
  } finally {
    writeFileSync(file, original);
  }
}

function documentOf(ended: Ended): PreviewDocument {
  try {
    return JSON.parse(ended.stdout) as PreviewDocument;
  } catch {
    throw new Error(`no document: ${ended.stdout}\n${ended.stderr}`);
  }
}

const rowsOf = ({ rows }: PreviewDocument) => rows.map(({ op, name }) => `${op} ${name}`);

beforeAll(async () => {
  // What tests before this one did by hand is not what is looked for here.
  const up = await golive(["up", stack, "--refresh"]);
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
}, 1_800_000);

describe("preview", () => {
  test("nothing to change is said, with the count of what stays, and no policy is broken", async () => {
    const ended = await golive(["preview", stack, "--json"]);
    expect(ended.exit, ended.stderr).toBe(0);
    const seen = documentOf(ended);
    expect(seen).toMatchObject({ complete: true, unchanged: true, rows: [], risks: [], policies: [] });
    expect(seen.same).toBeGreaterThan(100);
  });

  test("an update has its properties before and after, and nothing is changed by looking", async () => {
    await changed("replicas: 2", "replicas: 3", async () => {
      const seen = documentOf(await golive(["preview", stack, "--json"]));
      expect(rowsOf(seen)).toEqual(["update gateway", "update gateway-server-pods"]);
      expect(seen.rows[1]?.changes).toContainEqual(
        expect.objectContaining({ path: "spec.replicas", before: "2", after: "3" }),
      );
    });
    const { stdout } = await kubectl(["-n", app, "get", "deployment", "gateway", "-o", "jsonpath={.spec.replicas}"]);
    expect(stdout).toBe("2");
  });

  test("a replacement names the property that forces it, and what is made new is said to be", async () => {
    await changed("      days: 1\n", "      days: 2\n", async () => {
      const seen = documentOf(await golive(["preview", stack, "--json"]));
      const job = seen.rows.find(({ op }) => op === "replace");
      expect(job?.name).toBe("object-store-bucket");
      expect(job?.causes).toEqual(expect.arrayContaining([expect.stringMatching(/^spec/)]));
    });
    await changed("  golive:tracing:", "  golive:owner: another-team\n  golive:tracing:", async () => {
      const seen = documentOf(await golive(["preview", stack, "--json"]));
      const label = expect.objectContaining({ before: '"platform"', after: '"another-team"' });
      expect(seen.rows.length).toBeGreaterThan(100);
      for (const row of seen.rows) expect(row.changes).toEqual([label]);
    });
  });

  test("a stack that somebody works on is not looked at by a second one, which is told who it is", async () => {
    const ended = await Promise.all([1, 2].map(() => golive(["preview", stack, "--json"])));
    const [refused, ...others] = ended.filter(({ exit }) => exit !== 0);
    expect(others).toEqual([]);
    expect(refused?.stderr).toMatch(/LOCKED.*golive preview/);
  });

  test("a deletion of a volume is first, is at risk, and ends with 3 until it is allowed by name", async () => {
    await changed("kind: bugsink", "kind: none", async () => {
      const ended = await golive(["preview", stack, "--json"]);
      expect(ended.exit).toBe(3);
      const seen = documentOf(ended);
      expect(seen.rows[0]?.op).toBe("delete");
      const [risk] = seen.risks;
      expect(risk?.urn).toContain("PersistentVolumeClaim");
      const allowed = seen.risks.flatMap(({ urn }) => ["--allow", urn]);
      expect((await golive(["preview", stack, "--json", ...allowed])).exit).toBe(0);
      // And `up` refuses the same, before it has touched anything.
      const up = await golive(["up", stack]);
      expect(up.exit).toBe(3);
      expect(up.stderr).toContain("DATA_AT_RISK");
    });
    expect((await kubectl(["-n", observability, "get", "pvc", "-o", "name"])).stdout).toContain("bugsink");
  });

  test("what breaks a policy names resource and policy, and `up` refuses it", async () => {
    // A volume that shrinks: the API server would refuse it in the middle of the update.
    await changed("retention: 2h\n    storage: 1Gi", "retention: 2h\n    storage: 512Mi", async () => {
      const ended = await golive(["preview", stack, "--json"]);
      const seen = documentOf(ended);
      expect(ended.exit).not.toBe(0);
      const said = JSON.stringify([seen.policies, seen.diagnostics]);
      expect(said).toMatch(/shrink|less than previous value|Forbidden/i);
      expect((await golive(["up", stack])).exit).not.toBe(0);
    });
    const { stdout } = await kubectl([
      "-n",
      observability,
      "get",
      "pvc",
      "-o",
      "jsonpath={.items[*].spec.resources.requests.storage}",
    ]);
    expect(stdout).not.toContain("512Mi 512Mi");
  });

  test("no secret of the stack is in any of the three formats", async () => {
    const secret = await kubectl(["-n", app, "get", "secret", "postgres-app", "-o", "jsonpath={.data.password}"]);
    const password = Buffer.from(secret.stdout, "base64").toString();
    expect(password.length).toBeGreaterThan(10);
    await changed("replicas: 2", "replicas: 3", async () => {
      for (const format of ["text", "md", "json"]) {
        const { stdout, stderr } = await golive(["preview", stack, "--values", "--format", format]);
        expect(stdout).toContain("gateway");
        expect(stdout + stderr).not.toContain(password);
      }
    });
  });
});

describe("a reviewed plan", () => {
  const replicas = async () =>
    (await kubectl(["-n", app, "get", "deployment", "gateway", "-o", "jsonpath={.spec.replicas}"])).stdout;

  test("is what `up` does; when the program has changed since, it is refused and nothing is done", async () => {
    const plan = join(folder, "change.plan");
    await changed("replicas: 2", "replicas: 3", async () => {
      const made = await golive(["preview", stack, "--plan", plan]);
      expect(made.exit, made.stderr).toBe(0);
    });
    await changed("replicas: 2", "replicas: 4", async () => {
      const other = await golive(["up", stack, "--plan", plan]);
      expect(other.exit, other.stdout).toBe(6);
      expect(other.stderr).toMatch(/plan/);
    });
    expect(await replicas()).toBe("2");
    await changed("replicas: 2", "replicas: 3", async () => {
      const planned = await golive(["up", stack, "--plan", plan]);
      expect(planned.exit, planned.stderr).toBe(0);
      expect(await replicas()).toBe("3");
    });
    expect((await golive(["up", stack])).exit).toBe(0);
    expect(await replicas()).toBe("2");
  }, 600_000);
});

describe("drift", () => {
  const patch = (object: string, body: object, type = "merge") =>
    kubectl(["-n", app, "patch", ...object.split("/"), `--type=${type}`, "-p", JSON.stringify(body)]);
  const anywhere = { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] };

  test("what was edited, added or deleted by hand is found with its hand, and `up --refresh` puts it back", async () => {
    await kubectl(["-n", app, "scale", "deployment/gateway", "--replicas=3"]);
    await kubectl(["-n", observability, "delete", "service", "alert-log"]);
    // What the engine's own look at the world does not see: a key, a rule behind the last one, a variable, a role for pods.
    await patch("configmap/backup-invariants", { data: { "extra.sql": "x" } });
    await patch("networkpolicy/gateway", [{ op: "add", path: "/spec/egress/-", value: anywhere }], "json");
    await patch("secret/valkey-access", { stringData: { extra: "not-to-be-shown" } });
    await kubectl(["-n", app, "set", "env", "deployment/gateway", "EXTRA=1"]);
    await kubectl([
      "-n",
      app,
      "annotate",
      "serviceaccount/gateway",
      "eks.amazonaws.com/role-arn=arn:aws:iam::1:role/all",
    ]);
    // An act, not a setting.
    await kubectl(["-n", observability, "rollout", "restart", "deployment/alert-log"]);
    const ended = await golive(["drift", stack, "--json"]);
    expect(ended.exit, ended.stderr).toBe(15);
    expect(ended.stdout + ended.stderr).not.toContain("not-to-be-shown");
    const seen = documentOf(ended);
    expect(rowsOf(seen).sort()).toEqual(
      [
        "update backups-invariants",
        "update gateway-server-account",
        "update gateway-server-pods",
        "update network-app-gateway",
        "update valkey-access",
        expect.stringMatching(/^create metrics-.*alert-log.*service$/),
      ].sort((a, b) => String(a).localeCompare(String(b))),
    );
    const changesOf = (name: string) =>
      seen.rows.find((row) => row.name === name)?.changes.map(({ path, before, after }) => [path, before, after]);
    expect(changesOf("gateway-server-pods")).toEqual([
      ["spec.replicas", "3", "2"],
      [expect.stringMatching(/^spec\.template\.spec\.containers\[0\]\.env\[\d+\]$/), "{name, value}", "absent"],
    ]);
    expect(changesOf("network-app-gateway")).toEqual([[expect.stringMatching(/^spec\.egress\[/), "{to}", "absent"]]);
    expect(changesOf("backups-invariants")).toEqual([['data["extra.sql"]', '"x"', "absent"]]);
    const by = seen.rows.find(({ name }) => name === "network-app-gateway")?.by.join();
    expect(by).toMatch(/^kubectl-patch, \d{4}-\d\d-\d\dT/);
    const markdown = join(folder, "drift.md");
    await golive(["drift", stack, "--format", "md", "--out", markdown]);
    expect(readFileSync(markdown, "utf8")).toContain("gateway-server-pods");
    const up = await golive(["up", stack, "--refresh"]);
    expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
    const { stdout } = await kubectl([
      "-n",
      app,
      "get",
      "networkpolicy,configmap,serviceaccount,deployment",
      "-o",
      "yaml",
    ]);
    expect(stdout).not.toMatch(/extra\.sql|name: EXTRA|role-arn|cidr: 0\.0\.0\.0\/0\n\s*podSelector/);
  }, 600_000);

  test("without drift it ends with 0 and says so", async () => {
    const ended = await golive(["drift", stack, "--json"]);
    expect(ended.exit, ended.stderr).toBe(0);
    expect(documentOf(ended)).toMatchObject({ unchanged: true, rows: [] });
  });
});

test('every namespace holds to Pod Security "restricted" as the API server itself sees it', async () => {
  for (const namespace of [app, `${prefix}-storage`, observability]) {
    const { stderr } = await kubectl([
      "label",
      "--dry-run=server",
      "--overwrite",
      "namespace",
      namespace,
      "pod-security.kubernetes.io/enforce=restricted",
      "pod-security.kubernetes.io/enforce-version=latest",
    ]);
    expect(stderr).not.toContain("would violate");
  }
});
