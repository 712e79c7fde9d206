import { AsyncLocalStorage } from "node:async_hooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postgresMissing } from "../../../tests/postgres-server.ts";
import { type DomainApi, leaseMs, startDomainApi, until } from "../audit/testing/domain-api.ts";
import { RunProgress } from "./progress.ts";
import { type StepWork, simulatedWork } from "./simulated-work.ts";
import type { RunWorker, WorkerParts } from "./worker.ts";

/** Work that goes on until the test lets it go or the run is stopped, and says how much of it there is. */
function heldWork() {
  const going = new Set<number>();
  let most = 0;
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const work: StepWork = async (_step, run, signal) => {
    going.add(run.number);
    most = Math.max(most, going.size);
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    try {
      await Promise.race([gone, aborted]);
    } finally {
      going.delete(run.number);
    }
  };
  return { work, going, letGo: () => letGo(), most: () => most };
}

describe.skipIf(postgresMissing())("the executor of runs", { timeout: 120_000 }, () => {
  let api: DomainApi;
  let pipelineId: string;
  const workers: RunWorker[] = [];
  beforeAll(async () => {
    api = await startDomainApi();
  }, 120_000);
  afterAll(async () => {
    await api?.[Symbol.asyncDispose]();
  });
  let projects = 0;
  beforeEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
    await api.sql("delete from pipeline_runs");
    const body = { name: "x", slug: `project-${projects++}` };
    const project = (await api.send("POST", "/api/projects", { body })).body.id;
    const pipeline = { name: "main", ref: "main" };
    pipelineId = (await api.send("POST", `/api/projects/${project}/pipelines`, { body: pipeline })).body.id;
  });
  const worker = (parts: Partial<WorkerParts> = {}) => {
    const made = api.worker({ pollMs: 50, ...parts });
    workers.push(made);
    return made;
  };
  const start = async (body: unknown = {}) =>
    (await api.send("POST", `/api/pipelines/${pipelineId}/runs`, { body })).body.id as string;
  const read = async (id: string) => (await api.send("GET", `/api/runs/${id}`)).body;
  const ended = (id: string) =>
    until(`the end of run ${id}`, async () => {
      const run = await read(id);
      return run.finishedAt === null ? undefined : run;
    });
  const stepStatuses = (run: { steps: { status: string }[] }) => run.steps.map(({ status }) => status).join(" ");
  const counted = async (status: string) => {
    const line = (await api.registry.metrics())
      .split("\n")
      .find((l) => l.startsWith(`pipeline_runs_total{status="${status}"}`));
    return Number(line?.split(" ")[1]);
  };

  test("a queued run is taken up and done, step by step, and its row says when", async () => {
    worker({ work: simulatedWork(0.01) }).start();
    const run = await ended(await start());
    expect(run).toMatchObject({ status: "succeeded", errorCode: null, durationMs: expect.any(Number) });
    expect(stepStatuses(run)).toBe("succeeded succeeded succeeded succeeded succeeded");
    const times = run.steps.flatMap(({ startedAt, finishedAt }: Record<string, string>) => [startedAt, finishedAt]);
    expect(times).toEqual([...times].sort());
    for (const time of times) expect(new Date(time).toISOString()).toBe(time);
    // Two for queued and running, two for each of the five steps, one for the end.
    expect(run.version).toBe(13);
  });

  test("a run that fails names the step, and what comes after it is skipped", async () => {
    worker().start();
    const run = await ended(await start({ failAt: "build" }));
    expect(run).toMatchObject({ status: "failed", errorCode: "step-failed" });
    expect(stepStatuses(run)).toBe("succeeded failed skipped skipped skipped");
    expect(run.steps[1]).toMatchObject({ name: "build", errorCode: "step-failed" });
  });

  test("runs that wait are done in their order, and never more at once than allowed", async () => {
    const { work, going, letGo, most } = heldWork();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await start());
    worker({ work, concurrency: 2 }).start();
    await until("two at once", () => (going.size === 2 ? true : undefined));
    expect([...going]).toEqual([1, 2]);
    expect((await read(ids[2] ?? "")).status).toBe("queued");
    expect(await api.registry.metrics()).toMatch(/^pipeline_runs_active 2$/m);
    letGo();
    for (const id of ids) expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect(most()).toBe(2);
  });

  test("three executors share the runs, and none is done twice", async () => {
    const done: number[] = [];
    const work: StepWork = async (step, { number }) => {
      if (step === "checkout") done.push(number);
    };
    const ids = await Promise.all(Array.from({ length: 12 }, () => start()));
    for (const each of [1, 2, 3]) worker({ work, concurrency: each }).start();
    for (const id of ids) await ended(id);
    expect(done.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test("a run that is cancelled while it goes on ends at once where it is", async () => {
    const { work, going } = heldWork();
    const before = await counted("cancelled");
    const id = await start();
    const here = worker({ work });
    here.start();
    await until("the run to go on", () => (going.size === 1 ? true : undefined));
    const asked = (await api.send("POST", `/api/runs/${id}/cancel`)).body;
    expect(asked).toMatchObject({ status: "running", cancelRequested: true });
    // The test's API tells its first worker only; this is what the route of this process does.
    here.cancel(id);
    const run = await ended(id);
    expect(run).toMatchObject({ status: "cancelled", errorCode: null, cancelRequested: true });
    expect(stepStatuses(run)).toBe("cancelled skipped skipped skipped skipped");
    expect(await counted("cancelled")).toBe(before + 1);
  });

  test("one that is executed elsewhere hears of its cancellation with the next renewal", async () => {
    const { work, going } = heldWork();
    const id = await start();
    worker({ work, leaseMs: 600 }).start();
    await until("the run to go on", () => (going.size === 1 ? true : undefined));
    await api.send("POST", `/api/runs/${id}/cancel`);
    expect(await ended(id)).toMatchObject({ status: "cancelled" });
  });

  test("a lease is renewed for as long as the work goes on", async () => {
    const { work, going, letGo } = heldWork();
    const id = await start();
    worker({ work, leaseMs: 900 }).start();
    await until("the run to go on", () => (going.size === 1 ? true : undefined));
    const lease = async () =>
      (await api.sql("select lease_expires_at as at from pipeline_runs where id = $1", [id]))[0]?.at as Date;
    const first = await lease();
    await until("two leases later", async () => (+(await lease()) > +first + 1_800 ? true : undefined));
    letGo();
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
  });

  test("runs that a crash left behind are found at the next start, and theirs alone", async () => {
    const before = await counted("failed");
    const [lost, live, waiting] = [await start(), await start(), await start()];
    const dead = new RunProgress(api.database, leaseMs);
    for (const id of [lost, live]) expect((await dead.claim())?.id).toBe(id);
    await dead.beginStep(lost, 1, undefined);
    await dead.endStep(lost, 1, { status: "succeeded", errorCode: null }, 5);
    await dead.beginStep(lost, 2, undefined);
    await api.sql("update pipeline_runs set lease_expires_at = now() - interval '1 second' where id = $1", [lost]);
    worker().start();
    const run = await ended(lost);
    expect(run).toMatchObject({ status: "failed", errorCode: "interrupted", durationMs: expect.any(Number) });
    expect(stepStatuses(run)).toBe("succeeded failed skipped skipped skipped");
    expect(run.steps[1]).toMatchObject({ errorCode: "interrupted", durationMs: expect.any(Number) });
    expect(await ended(waiting)).toMatchObject({ status: "succeeded" });
    expect(await read(live)).toMatchObject({ status: "running" });
    expect(await counted("failed")).toBe(before + 1);
    // Whoever was thought dead and is not finds out, and changes nothing.
    expect(await dead.beginStep(lost, 3, undefined)).toBe(false);
    expect(await dead.endStep(lost, 2, { status: "succeeded", errorCode: null }, 5)).toBe(false);
    expect(await dead.finish(lost, { status: "succeeded", errorCode: null }, 5)).toBe(false);
    expect(await dead.renew([lost, live])).toEqual([{ id: live, cancelRequested: false }]);
    expect(await read(lost)).toEqual(run);
  });

  test("an executor whose run was taken away stops its work", async () => {
    const { work, going } = heldWork();
    const id = await start();
    worker({ work, leaseMs: 600, pollMs: 60_000 }).start();
    await until("the run to go on", () => (going.size === 1 ? true : undefined));
    await api.sql("delete from pipeline_runs where id = $1", [id]);
    await until("the work to stop", () => (going.size === 0 ? true : undefined));
    expect(await api.registry.metrics()).toMatch(/^pipeline_runs_active 0$/m);
  });

  test("a write that is repeated after an unknown end changes nothing more", async () => {
    const id = await start();
    const progress = new RunProgress(api.database, leaseMs);
    await progress.claim();
    const twice = async (write: () => Promise<boolean>) => {
      expect(await write()).toBe(true);
      expect(await write()).toBe(true);
    };
    await twice(() => progress.beginStep(id, 1, undefined));
    await twice(() => progress.endStep(id, 1, { status: "failed", errorCode: "internal" }, 1));
    const began = (await read(id)).steps[0];
    await twice(() => progress.finish(id, { status: "failed", errorCode: "internal" }, 2));
    expect((await read(id)).steps[0]).toEqual(began);
    const [entries] = await api.sql("select count(*)::int as n from audit_log where entity_id = $1", [id]);
    expect(entries).toEqual({ n: 3 });
  });

  test("whoever stops lets runs finish, and those that do not are interrupted in time", async () => {
    const { work, going, letGo } = heldWork();
    const [first, second] = [await start(), await start()];
    const patient = worker({ work, concurrency: 1 });
    patient.start();
    await until("the run to go on", () => (going.size === 1 ? true : undefined));
    const stopping = patient.stop(30_000);
    letGo();
    await stopping;
    expect(await read(first)).toMatchObject({ status: "succeeded" });
    expect(await read(second)).toMatchObject({ status: "queued" });

    const held = heldWork();
    const hasty = worker({ work: held.work });
    hasty.start();
    await until("the run to go on", () => (held.going.size === 1 ? true : undefined));
    await hasty.stop(10);
    expect(await read(second)).toMatchObject({ status: "failed", errorCode: "interrupted" });
  });

  test("a run goes on over a crash of the database", async () => {
    const { work, going, letGo } = heldWork();
    const id = await start();
    worker({ work }).start();
    await until("the run to go on", () => (going.size === 1 ? true : undefined));
    await api.postgres.kill();
    letGo();
    await api.postgres.restart();
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    // It still takes up what comes after.
    expect(await ended(await start())).toMatchObject({ status: "succeeded" });
  });

  test("work runs outside of the request that woke it", async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const work: StepWork = async () => void seen.push(request.getStore());
    const here = worker({ pollMs: 60_000, work });
    here.start();
    const id = await request.run("a request", async () => {
      const started = await start();
      here.wake();
      return started;
    });
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect(seen).toEqual(Array(5).fill(undefined));
  });
});
