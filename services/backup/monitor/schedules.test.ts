import { afterAll, beforeAll, expect, test } from "vitest";
import { inClusterApi } from "../kubernetes/in-cluster.ts";
import { type KubernetesServer, startKubernetes, statusObject } from "../testing/kubernetes-server.ts";
import { judgeSchedules, readSchedules } from "./schedules.ts";

const path = "/apis/batch/v1/namespaces/app/cronjobs";
const suspended: Record<string, boolean | undefined> = {
  backup: false,
  "backup-prune": true,
  "backup-verify": undefined,
};

const ran = {
  lastScheduleTime: "2026-11-28T02:00:00Z",
  lastSuccessfulTime: "2026-11-27T02:10:00Z",
  active: [{ kind: "Job", name: "backup-29408040" }],
};

let server: KubernetesServer;
beforeAll(async () => {
  server = await startKubernetes((request) => {
    const name = request.slice(`GET ${path}/`.length);
    if (name === "not-ours") return statusObject(403, "cronjobs.batch is forbidden");
    if (!(name in suspended)) return statusObject(404, `cronjobs.batch "${name}" not found`);
    const status = name === "backup" ? ran : {};
    return { status: 200, body: { metadata: { name }, spec: { suspend: suspended[name] }, status } };
  });
});
afterAll(() => server.stop());

const read = (...names: string[]) =>
  readSchedules(inClusterApi({ env: server.env, signal: AbortSignal.timeout(20_000), folder: server.folder }), names);

test("each schedule is asked for by its name, and none is listed", async () => {
  expect(await read("backup", "backup-prune", "backup-verify", "deleted")).toEqual([
    {
      name: "backup",
      suspended: false,
      lastScheduled: new Date(ran.lastScheduleTime),
      lastSucceeded: new Date(ran.lastSuccessfulTime),
      active: 1,
    },
    { name: "backup-prune", suspended: true },
    { name: "backup-verify", suspended: false },
    { name: "deleted", suspended: undefined },
  ]);
  expect(server.asked).not.toContain(`GET ${path}`);
});

test("a right that is missing is an error, not a schedule that is missing", async () => {
  await expect(read("backup", "not-ours")).rejects.toThrow("forbidden");
});

test.each([
  [undefined, []],
  [{ problem: "forbidden" }, [["unknown", "the schedules cannot be read: forbidden"]]],
  [{ value: [{ name: "backup", suspended: false }] }, [["ok", "every schedule is active (1)"]]],
  [
    {
      value: [
        { name: "backup", suspended: true },
        { name: "prune", suspended: undefined },
        { name: "drill", suspended: false },
      ],
    },
    [
      ["fail", "schedule backup is suspended"],
      ["fail", "schedule prune does not exist"],
    ],
  ],
])("%j", (schedules, wanted) => {
  expect(judgeSchedules(schedules).map(({ state, message }) => [state, message])).toEqual(wanted);
});
