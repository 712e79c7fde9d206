import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, golive, goliveJson, kubectl, lookAtBackupsNow, prefix, sql, stack, start, url } from "./golive.ts";
import { until } from "./until.ts";

/** What on-call does when data is lost, as the runbook says it, on the real platform. The order matters. */

const app = `${prefix}-app`;
const storage = `${prefix}-storage`;

interface Listed {
  readonly backups: readonly { readonly id: string; readonly proven: string | null; readonly drilled: string | null }[];
}

/** Everything in the application's tables as one text: what two databases are compared by. */
const allRows = (database = "app") =>
  sql(
    "select md5(coalesce(string_agg(p::text, '|' order by p.id), '')) from projects p union all select md5(coalesce(string_agg(l::text, '|' order by l.id), '')) from pipelines l",
    database,
  );

async function createProjects(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    const response = await fetch(url(8000, "/api/projects"), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: await bearer() },
      body: JSON.stringify({ name: `Kept ${n}`, slug: `kept-${n}` }),
      signal: AbortSignal.timeout(10_000),
    });
    if (response.status !== 201) throw new Error(`POST /api/projects answered ${response.status}`);
  }
}

const list = () => goliveJson<Listed>(["backup", "list"]);
const newest = async () => (await list()).backups[0];

beforeAll(async () => {
  const up = await golive(["up", stack]);
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
  await createProjects(0, 20);
}, 1_800_000);

describe("a backup becomes proven", () => {
  test("the CronJob fires by itself at its time, and its backup is in the list", async () => {
    const before = (await list()).backups.length;
    const every = (schedule: string) =>
      kubectl(["-n", app, "patch", "cronjob", "backup", "-p", JSON.stringify({ spec: { schedule } })]);
    const planned = (await kubectl(["-n", app, "get", "cronjob", "backup", "-o", "jsonpath={.spec.schedule}"])).stdout;
    await every("* * * * *");
    try {
      await until("a backup that nobody asked for", 240_000, async () =>
        (await list()).backups.length > before ? true : undefined,
      );
    } finally {
      await every(planned);
    }
    const owner = await kubectl([
      ...["-n", app, "get", "jobs", "-o"],
      "jsonpath={range .items[*]}{.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name} {end}",
    ]);
    expect(owner.stdout).toContain("CronJob/backup");
  });

  test("verify reads it whole, and a drill restores it into a server of its own", async () => {
    const verified = await golive(["backup", "verify"]);
    expect(verified.exit, `${verified.stdout}\n${verified.stderr}`).toBe(0);
    expect((await newest())?.proven).toEqual(expect.any(String));
    const drilled = await golive(["drill"]);
    expect(drilled.exit, `${drilled.stdout}\n${drilled.stderr}`).toBe(0);
    expect((await newest())?.drilled).toEqual(expect.any(String));
  });

  test("a drill with a key of one's own gets that key, which stays in no object of the cluster", async () => {
    const folder = mkdtempSync(join(tmpdir(), "golive-escrow-"));
    try {
      const key = await generateX25519Identity();
      writeFileSync(join(folder, "escrow.txt"), `${key}\n`, { mode: 0o600 });
      const ended = await golive(["drill", "--identity", join(folder, "escrow.txt")]);
      // Nothing is said about the backup: it was the drill that had the wrong key.
      expect(ended.exit, `${ended.stdout}\n${ended.stderr}`).toBe(10);
      expect(ended.stdout).toContain(`given were identities of ${await identityToRecipient(key)}`);
      const { stdout } = await kubectl(["-n", app, "get", "jobs,pods,secrets,configmaps", "-o", "json"]);
      expect(stdout).not.toContain(key);
      expect(stdout).not.toContain(Buffer.from(`${key}\n`).toString("base64"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the monitor's metrics reach Prometheus", async () => {
    await lookAtBackupsNow();
    await until("the age of the proven backup in Prometheus", 120_000, async () => {
      const query = encodeURIComponent("golive_backup_last_proven_timestamp_seconds > 0");
      const answer = (await (await fetch(url(9090, `/api/v1/query?query=${query}`))).json()) as {
        data: { result: unknown[] };
      };
      return answer.data.result.length > 0 ? true : undefined;
    });
  });
});

describe("data is damaged on purpose", () => {
  test("restored by the documented commands it is as it was, row for row, and undo takes that back", async () => {
    const good = await allRows();
    const made = await golive(["backup", "run"]);
    expect(made.exit, `${made.stdout}\n${made.stderr}`).toBe(0);
    expect((await golive(["backup", "verify"])).exit).toBe(0);
    await sql(
      "update projects set name = 'wrong'; delete from pipelines; delete from projects where slug like 'kept-1%'",
    );
    const damaged = await allRows();
    expect(damaged).not.toBe(good);

    const refused = await golive(["restore", "latest", "--replace"]);
    expect(refused.exit, "without --yes and without a terminal nobody could have agreed").toBe(2);
    expect(await allRows()).toBe(damaged);

    const restored = await golive(["restore", "latest", "--replace", "--yes"]);
    expect(restored.exit, `${restored.stdout}\n${restored.stderr}`).toBe(0);
    expect(await allRows()).toBe(good);
    // The application goes on with the restored data, and may write to it.
    await until("the gateway with the restored data", 60_000, async () => {
      const headers = { authorization: await bearer("viewer") };
      const answer = await fetch(url(8000, "/api/projects?limit=100"), { headers, signal: AbortSignal.timeout(5_000) });
      return answer.ok && (await answer.text()).includes("Kept 11") ? true : undefined;
    });
    await createProjects(100, 101);
    await sql("delete from projects where slug = 'kept-100'");

    const undone = await golive(["undo", "--yes"]);
    expect(undone.exit, `${undone.stdout}\n${undone.stderr}`).toBe(0);
    expect(await allRows()).toBe(damaged);
    const again = await golive(["restore", "latest", "--replace", "--yes"]);
    expect(again.exit, `${again.stdout}\n${again.stderr}`).toBe(0);
    expect(await allRows()).toBe(good);
  });
});

describe("faults", () => {
  /** Rows of the table that keeps a backup busy for some ten seconds. */
  const big = 4_000_000;

  beforeAll(async () => {
    await sql(
      `create table ballast as select n, md5(n::text) || md5((n * 7)::text) as noise from generate_series(1, ${big}) n`,
    );
  }, 300_000);
  afterAll(async () => {
    await sql("drop table if exists ballast");
  });

  /** A backup that was seen to copy the big table. Its end is a function: a promise returned from here would be awaited here. */
  async function startedBackup() {
    const running = start(["backup", "run"]);
    await until("a backup at work", 120_000, async () => {
      const copying = await sql("select 1 from pg_stat_progress_copy where relid = 'ballast'::regclass");
      return copying === "" ? undefined : true;
    });
    return { ended: () => running };
  }

  test("the object store is stopped in the middle: the run fails, nothing half-done is listed, the next one works", async () => {
    const before = (await list()).backups.map(({ id }) => id);
    const scale = (replicas: number) =>
      kubectl(["-n", storage, "scale", "deployment", "object-store", `--replicas=${replicas}`]);
    const backup = await startedBackup();
    try {
      await scale(0);
      const ended = await backup.ended();
      expect(ended.exitCode, `${ended.stdout}\n${ended.stderr}`).not.toBe(0);
    } finally {
      await scale(1);
      await kubectl(["-n", storage, "rollout", "status", "deployment/object-store", "--timeout=100s"]);
    }
    expect((await list()).backups.map(({ id }) => id)).toEqual(before);
    const next = await golive(["backup", "run"]);
    expect(next.exit, `${next.stdout}\n${next.stderr}`).toBe(0);
    expect((await list()).backups.length).toBe(before.length + 1);
  });

  test("the network to the object store is cut: the run says so and ends", async () => {
    const { items } = JSON.parse((await kubectl(["-n", storage, "get", "networkpolicies", "-o", "json"])).stdout) as {
      items: {
        apiVersion: string;
        kind: string;
        metadata: Record<string, unknown> & { name: string };
        spec: unknown;
      }[];
    };
    const cut = items.filter(({ metadata }) => metadata.name.includes("object-store"));
    expect(cut.length).toBeGreaterThan(0);
    await kubectl(["-n", storage, "delete", "networkpolicies", ...cut.map(({ metadata }) => metadata.name)]);
    try {
      const ended = await golive(["backup", "run"]);
      expect(ended.exit, `${ended.stdout}\n${ended.stderr}`).toBe(5);
      expect(ended.stderr).toContain("STORE_UNREACHABLE");
    } finally {
      for (const { apiVersion, kind, metadata, spec } of cut) {
        const { name, namespace, labels, annotations } = metadata;
        const input = JSON.stringify({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec });
        await kubectl(["apply", "--server-side", "--force-conflicts", "--field-manager=golive", "-f", "-"], { input });
      }
    }
    await until("the network again", 120_000, async () =>
      (await golive(["backup", "list"])).exit === 0 ? true : undefined,
    );
  });

  test("the node is killed under a backup: up brings it back, and the next backup finds no lock in its way", async () => {
    const backup = await startedBackup();
    const { components } = await goliveJson<{ components: Record<string, { pid?: number }> }>([
      ...["cluster", "status", "--name", "golive-test"],
    ]);
    for (const { pid } of Object.values(components)) if (pid) process.kill(pid, "SIGKILL");
    const up = await golive(["up", stack]);
    expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
    await backup.ended();
    const next = await golive(["backup", "run"]);
    expect(next.exit, `${next.stdout}\n${next.stderr}`).toBe(0);
  });
});
