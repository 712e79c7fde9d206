/**
 * The process that holds a cluster: `node supervisor.ts <name>`, started by start.ts under flock(1), detached from any
 * terminal. It boots the cluster's namespaces, keeps its components running, serves published ports and the control socket.
 * Kept free of heavy imports, as it stays in memory for days.
 */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCgroups, removeCgroups } from "./cgroups.ts";
import { type ComponentName, componentNames, components } from "./components.ts";
import { endContainers } from "./containers.ts";
import { type Phase, problemOf, type SupervisorStatus, serveControl } from "./control.ts";
import { layout } from "./layout.ts";
import { clearLeftovers, removeLink } from "./leftovers.ts";
import { trimLogs } from "./logs.ts";
import { createWorld, type World } from "./namespace.ts";
import { linkFor } from "./network.ts";
import { Ports, type PublishedPort } from "./ports.ts";
import { prepareFolder } from "./prepare.ts";
import { readiness } from "./readiness.ts";
import { Supervised } from "./supervised.ts";

const place = layout(process.argv[2] ?? "");
const link = linkFor(place.name);
const plan = components(link);
const ports = new Ports(link.nodeIp);
const stop = new AbortController();

let phase: Phase = "starting";
let atOnce = false;
let world: World | undefined;
let bootedAt: Date | undefined;
let running: Partial<Record<ComponentName, Supervised>> = {};

/** Seconds that containers have to end: Postgres writes a checkpoint in it. */
const containerGraceMs = 25_000;

async function main(): Promise<void> {
  await clearLeftovers(place, link);
  await prepareFolder(place, link);
  const control = await serveControl(place.socket, {
    status,
    publish,
    stop: (now) => {
      atOnce = now;
      stop.abort();
    },
  });
  process.on("SIGTERM", () => stop.abort());
  process.on("SIGINT", () => stop.abort());
  process.on("SIGHUP", () => {});
  const housekeeping = setInterval(() => {
    void trimLogs(place.logs).catch(() => {});
    void ports.retry();
  }, 15_000);
  await ports.resume(JSON.parse(await readFile(place.file("ports.json"), "utf8").catch(() => "[]")));

  for (let boots = 0; !stop.signal.aborted; boots++) {
    if (boots > 0) {
      console.log("the cluster's namespaces ended; booting them again");
      await sleep(Math.min(10_000, 1000 * boots), undefined, { signal: stop.signal }).catch(() => {});
      await removeLink(link);
      await removeCgroups(place.name);
    }
    if (!stop.signal.aborted) await boot();
  }
  phase = "stopping";
  console.log("stopping");
  clearInterval(housekeeping);
  ports.close();
  await shutDown();
  control.close();
  await rm(place.socket, { force: true });
}

/** One life of the namespaces. */
async function boot(): Promise<void> {
  const tools: Record<string, string> = JSON.parse(await readFile(place.file("tools.json"), "utf8"));
  await makeCgroups(place.name);
  bootedAt = new Date();
  const here = await createWorld(place, link, tools);
  world = here;
  const ending = new AbortController();
  for (const name of componentNames) {
    const ready = readiness(plan[name].ready, here.pid, place, link);
    running[name] = new Supervised(name, plan[name], here, place.file("log", `${name}.log`), ready);
  }
  for (const name of componentNames)
    running[name]?.run(async () => {
      while (!plan[name].after.every((other) => running[other]?.ready))
        await sleep(100, undefined, { signal: ending.signal });
    });
  const asked = new Promise<void>((resolve) => {
    if (stop.signal.aborted) resolve();
    stop.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const watch = setInterval(() => {
    if (phase === "starting" && componentNames.every((name) => running[name]?.ready)) phase = "running";
  }, 100);
  await Promise.race([here.ended, asked]);
  clearInterval(watch);
  ending.abort();
  if (stop.signal.aborted) return;
  // Pid 1 is gone and everything with it.
  phase = "starting";
  await Promise.all(Object.values(running).map((c) => c.stop(0)));
  running = {};
  world = undefined;
}

/** The order matters where data is kept; where it is about to be deleted, the kernel ends all at once. */
async function shutDown(): Promise<void> {
  if (!world) return;
  if (!atOnce) await endInOrder(world);
  await world.end();
  await removeLink(link);
  await removeCgroups(place.name);
}

/** First who starts containers, then the containers, then who serves them, the store last. */
async function endInOrder(here: World): Promise<void> {
  await running.kubelet?.stop(5000);
  if (running.containerd?.ready)
    await endContainers(here.pid, containerGraceMs).catch((error) => console.error(error.message));
  const together: ComponentName[] = [
    "kube-router",
    "kube-proxy",
    "kube-scheduler",
    "kube-controller-manager",
    "containerd",
  ];
  await Promise.all(together.map((name) => running[name]?.stop(3000)));
  await running["kube-apiserver"]?.stop(10_000);
  await running.etcd?.stop(10_000);
}

async function status(): Promise<SupervisorStatus> {
  const entries = await Promise.all(
    Object.entries(running).map(async ([name, c]) => [name, await c.status()] as const),
  );
  return {
    phase: stop.signal.aborted ? "stopping" : phase,
    pid: process.pid,
    rssBytes: process.memoryUsage.rss(),
    ...(world ? { worldPid: world.pid } : {}),
    ...(bootedAt ? { bootedAt: bootedAt.toISOString() } : {}),
    components: Object.fromEntries(entries),
    ports: ports.status(),
  };
}

async function publish(wanted: readonly PublishedPort[]): Promise<void> {
  await ports.publish(wanted);
  await writeFile(place.file("ports.json.new"), JSON.stringify(wanted), { mode: 0o600 });
  await rename(place.file("ports.json.new"), place.file("ports.json"));
}

main().then(
  () => process.exit(0),
  async (error) => {
    console.error(error);
    // Left for the program that started us, which cannot hear us any more.
    await writeFile(place.file("problem.json"), JSON.stringify(problemOf(error)), { mode: 0o600 }).catch(() => {});
    await world?.end().catch(() => {});
    await removeLink(link).catch(() => {});
    await removeCgroups(place.name).catch(() => {});
    process.exit(1);
  },
);
