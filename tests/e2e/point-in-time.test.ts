import { beforeAll, describe, expect, test } from "vitest";
import { golive, goliveJson, kubectl, lookAtBackupsNow, prefix, sql, stack, start, url } from "./golive.ts";
import { until } from "./until.ts";

/** Rows are written and lost; the moment before comes back, beside the live database, in its place, and is undone again. */

const app = `${prefix}-app`;
const rows = 2000;

interface Window {
  readonly firstRecoverable?: string;
  readonly lastArchived?: string;
  readonly archiving: string;
}

async function window(): Promise<Window> {
  const { pointInTime } = await goliveJson<{ pointInTime: Window | null }>(["backup", "list"]);
  if (!pointInTime) throw new Error("no archive is set up");
  return pointInTime;
}

const now = async () =>
  await sql(`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
const count = async (database = "app") => await sql("select count(*) from pit", database);
/** Order-free hash of the table, as the backups compare it. */
const hash = async (database = "app") => await sql("select sum(hashtextextended(pit::text, 0)) from pit", database);

async function recoveredServers(): Promise<string> {
  const { stdout } = await kubectl([
    "-n",
    app,
    "get",
    "clusters,pvc",
    "-l",
    "golive.dev/point-in-time=recovery",
    "-o",
    "name",
  ]);
  return stdout;
}

let before = "";
let wanted = "";
beforeAll(async () => {
  const up = await golive(["up", stack], { timeoutMs: 1_800_000 });
  expect(up.exit, `${up.stdout}\n${up.stderr}`).toBe(0);
}, 1_800_000);

test("the log is archived, and the first base backup is taken without being asked for", async () => {
  const found = await until("a first recoverable moment", 300_000, async () => {
    const seen = await window();
    return seen.archiving === "working" && seen.firstRecoverable ? seen : undefined;
  });
  expect(Date.parse(found.firstRecoverable ?? "")).toBeLessThan(Date.now());
  const condition = "jsonpath={.status.conditions[?(@.type=='ContinuousArchiving')].status}";
  expect((await kubectl(["-n", app, "get", "cluster", "postgres", "-o", condition])).stdout).toBe("True");
});

test("what the rules of the archive need is in Prometheus", async () => {
  const url = `http://127.0.0.1:${9090 + Number(process.env.GOLIVE_PORT_OFFSET ?? 10_000)}/api/v1/query?query=`;
  for (const metric of [
    "max(barman_cloud_cloudnative_pg_io_first_recoverability_point) > 0",
    "max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp) > 0",
    "cnpg_pg_stat_archiver_last_archived_time",
    'cnpg_collector_pg_wal_archive_status{value="ready"}',
  ])
    await until(metric, 120_000, async () => {
      const answer = (await (await fetch(url + encodeURIComponent(metric))).json()) as { data: { result: unknown[] } };
      return answer.data.result.length > 0 ? true : undefined;
    });
});

test("rows are written, and a moment later they are gone", async () => {
  // As the application makes its tables: the role that restores is no member of the superuser.
  await sql("set role app; drop table if exists pit; create table pit (id int primary key, note text)");
  await sql(`insert into pit select n, md5(n::text) from generate_series(1, ${rows}) n`);
  wanted = await hash();
  // The moment lies between two commits that are a second away from it.
  await sql("select pg_sleep(1.2)");
  before = await now();
  await sql("select pg_sleep(1.2)");
  await sql("delete from pit");
  expect(await count()).toBe("0");
});

test("it takes the live database's place, and undo brings that back", async () => {
  const refused = await golive(["restore", "--at", before, "--replace"]);
  expect(refused.exit).toBe(2);
  const restored = await golive(["restore", "--at", before, "--replace", "--yes"], { timeoutMs: 900_000 });
  expect(restored.exit, `${restored.stdout}\n${restored.stderr}`).toBe(0);
  expect([await count(), await hash()]).toEqual([String(rows), wanted]);

  const undone = await golive(["undo", "--yes"]);
  expect(undone.exit, `${undone.stdout}\n${undone.stderr}`).toBe(0);
  expect(await count()).toBe("0");
  expect(await recoveredServers()).toBe("");
}, 1_200_000);

test.each([
  ["2020-01-01T00:00:00Z", "the first moment that can be had back"],
  ["2999-01-01T00:00:00Z", "has not come yet"],
])("%s cannot be had back, and nothing is made", async (at, message) => {
  const ended = await golive(["restore", "--at", at, "--into", "never"]);
  expect(ended.exit).toBe(7);
  expect(ended.stderr).toContain(message);
  expect(await recoveredServers()).toBe("");
});

test("stopped in the middle of a recovery, it takes the recovered server away", async () => {
  const running = start(["restore", "--at", before, "--into", "never"]);
  await until("a recovered server", 180_000, async () => ((await recoveredServers()) === "" ? undefined : true));
  running.kill("SIGINT");
  expect((await running).exitCode).toBe(130);
  expect(await recoveredServers()).toBe("");
});

test("the moment comes back beside the live database, which goes on; what a killed restore left is taken away first", async () => {
  const running = start(["restore", "--at", before, "--into", "never"]);
  await until("a recovered server", 180_000, async () => ((await recoveredServers()) === "" ? undefined : true));
  running.kill("SIGKILL");
  await running;
  expect(await recoveredServers()).not.toBe("");
  const next = await golive(["restore", "--at", before, "--into", "app_then"], { timeoutMs: 900_000 });
  expect(next.exit, `${next.stdout}\n${next.stderr}`).toBe(0);
  expect(next.stderr).toContain("left by a restore that did not end");
  expect(await recoveredServers()).toBe("");
  expect([await count("app_then"), await hash("app_then")]).toEqual([String(rows), wanted]);
  expect(await count()).toBe("0");
  await sql("drop database app_then", "postgres");
}, 1_200_000);

test("what was recovered stands in the one catalogue, with its reason", async () => {
  const { backups } = await goliveJson<{ backups: { id: string }[] }>(["backup", "list"]);
  const shown: string[] = [];
  for (const { id } of backups) shown.push(JSON.stringify(await goliveJson(["backup", "show", id])));
  expect(shown.filter((one) => /"reason":\s*"point-in-time"/.test(one)).length).toBeGreaterThanOrEqual(2);
});

describe("the drill of the archive", () => {
  interface Drill {
    readonly drills: readonly {
      readonly id: string;
      readonly tables: number;
      readonly exactTables: number;
      readonly invariants: readonly { readonly passed: boolean }[];
      readonly phases: Readonly<Record<string, number>>;
    }[];
  }
  const drillServers = async () =>
    (await kubectl(["-n", app, "get", "clusters,pods,pvc", "-l", "golive.dev/point-in-time=drill", "-o", "name"]))
      .stdout;
  const drilled = () => golive(["drill", "--point-in-time", "--json"], { timeoutMs: 900_000 });

  beforeAll(async () => {
    await sql("insert into pit select n, md5(n::text) from generate_series(1, 700) n");
    expect((await golive(["backup", "run"])).exit).toBe(0);
    expect((await golive(["backup", "verify"])).exit).toBe(0);
    // What comes after the backup is not to come back.
    await sql("delete from pit where id > 300");
  }, 300_000);

  test("stopped in its middle it takes its server away", async () => {
    const running = start(["drill", "--point-in-time"]);
    await until("a server of the drill", 300_000, async () => ((await drillServers()) === "" ? undefined : true));
    running.kill("SIGINT");
    expect((await running).exitCode).toBe(130);
    await until("no server of the drill", 180_000, async () => ((await drillServers()) === "" ? true : undefined));
  }, 900_000);

  test("a server comes out of the archive as the newest proven backup saw it, and what a killed drill left goes first", async () => {
    const killed = start(["drill", "--point-in-time"]);
    const pods = ["-n", app, "get", "pods", "-l", "app.kubernetes.io/name=backup-drill-point-in-time", "-o", "name"];
    await until("a server of the drill", 300_000, async () => ((await drillServers()) === "" ? undefined : true));
    const [pod = ""] = (await kubectl(pods)).stdout.trim().split("\n").slice(-1);
    await kubectl(["-n", app, "delete", pod, "--grace-period=0", "--force"]);
    await killed;

    const ended = await drilled();
    expect(ended.exit, `${ended.stdout}\n${ended.stderr}`).toBe(0);
    const { drills } = JSON.parse(ended.stdout) as Drill;
    const { backups } = await goliveJson<{ backups: { id: string }[] }>(["backup", "list"]);
    expect(drills).toMatchObject([
      {
        plane: "point-in-time",
        outcome: "passed",
        id: backups[0]?.id,
        differences: [],
        recoveryPointSeconds: expect.any(Number),
      },
    ]);
    const [drill] = drills;
    expect(drill?.exactTables, "nobody else writes in this test").toBe(drill?.tables);
    expect(drill?.invariants.filter(({ passed }) => passed).length).toBeGreaterThan(3);
    expect(drill?.phases).toMatchObject({
      fetch: expect.any(Number),
      restore: expect.any(Number),
      compare: expect.any(Number),
    });
    expect(await drillServers()).toBe("");
    expect(await count()).toBe("300");
  }, 1_200_000);

  test("its record is signed beside the backup, and its metrics are the monitor's", async () => {
    const { backups } = await goliveJson<{ backups: { id: string }[] }>(["backup", "list"]);
    const shown = JSON.stringify(await goliveJson(["backup", "show", backups[0]?.id ?? ""]));
    expect(shown).toMatch(/"plane":\s*"point-in-time"/);
    const query = encodeURIComponent('golive_backup_drill_timestamp_seconds{plane="point-in-time"} > 0');
    await lookAtBackupsNow();
    await until("the drill in Prometheus", 120_000, async () => {
      const answer = (await (await fetch(url(9090, `/api/v1/query?query=${query}`))).json()) as {
        data: { result: unknown[] };
      };
      return answer.data.result.length > 0 ? true : undefined;
    });
  }, 900_000);

  test("its account can delete the server of a drill, and not the live one, nor make another", async () => {
    const account = `system:serviceaccount:${app}:backup-drill-point-in-time`;
    const may = async (...what: string[]) =>
      (await kubectl(["-n", app, "auth", "can-i", ...what, "--as", account], { reject: false })).stdout.trim();
    expect(await may("delete", "clusters.postgresql.cnpg.io/postgres-drill")).toBe("yes");
    for (const what of [
      ["delete", "clusters.postgresql.cnpg.io/postgres"],
      ["get", "clusters.postgresql.cnpg.io/postgres"],
      ["patch", "clusters.postgresql.cnpg.io/postgres-drill"],
      ["get", "secrets"],
    ])
      expect(await may(...what), what.join(" ")).toBe("no");
    const { data } = JSON.parse(
      (await kubectl(["-n", app, "get", "configmap", "backup-drill-point-in-time", "-o", "json"])).stdout,
    ) as { data: Record<string, string> };
    const cluster = JSON.parse(data["cluster.json"] ?? "") as { metadata: { name: string } };
    const attempt = async (name: string) =>
      await kubectl(["-n", app, "create", "--dry-run=server", "-f", "-", "--as", account], {
        reject: false,
        input: JSON.stringify({ ...cluster, metadata: { ...cluster.metadata, name } }),
      });
    expect((await attempt("postgres-other")).stderr).toContain("a drill makes the cluster postgres-drill and no other");
    expect((await attempt("postgres-drill")).exit).toBe(0);
  });
});

test("a second up rolls nothing: the certificates and the archive are as they were", async () => {
  expect(await goliveJson<{ unchanged: boolean }>(["up", stack])).toMatchObject({ unchanged: true });
});
