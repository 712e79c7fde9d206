// Run by cluster.test.ts in a mount namespace, with a file system of its own at GOLIVE_STATE: prints what a full disk did to the cluster.
import { rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { deleteCluster, startCluster } from "@golive/local/cluster/index.ts";
import { toolPath } from "@golive/local/toolchain/index.ts";
import { execa } from "execa";
import { until } from "./until.ts";

const name = "golive-test-small";
const state = process.env.GOLIVE_STATE ?? "";
const options = () => ({
  name,
  report: (line: string) => console.error(line),
  signal: AbortSignal.timeout(200_000),
});

try {
  const { kubeconfig } = await startCluster(options());
  const kubectl = async (args: readonly string[], input = "") =>
    (
      await execa(toolPath("kubectl"), ["--kubeconfig", kubeconfig, "-n", "default", ...args], {
        input,
        timeout: 30_000,
      })
    ).stdout;
  // Nearly as large as etcd takes: its log, which has its space in advance, has to ask for more soon.
  const value = "x".repeat(1_000_000);
  const acknowledged: string[] = [];
  const write = async (n: number) => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `full-${n}` }, data: { value } };
    await kubectl(["create", "-f", "-"], JSON.stringify(object));
    acknowledged.push(`configmap/full-${n}`);
  };
  for (let n = 0; n < 5; n++) await write(n);

  const ballast = join(state, "ballast");
  const { bavail, bsize } = statfsSync(state);
  // Most of it at once, without writing it; of the rest the file system keeps some for itself, so it is filled until it refuses.
  await execa("fallocate", ["-l", String(Math.floor(bavail * 0.99) * bsize), ballast]);
  await execa("dd", ["if=/dev/zero", `of=${ballast}`, "bs=64k", "oflag=append", "conv=notrunc"], { reject: false });
  const free = statfsSync(state);
  let refusal = "";
  for (let n = 5; n < 400 && refusal === ""; n++)
    await write(n).catch((error: Error) => {
      refusal = error.message;
    });
  const whileFull = acknowledged.length;

  rmSync(ballast);
  await until("a write after space was made", 120_000, async () => {
    await kubectl(["create", "configmap", `after-${Date.now()}`]);
    return true;
  });
  await until("a node that is ready", 60_000, async () => {
    const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    return (await kubectl(["get", "node", "local", "-o", ready])) === "True" ? true : undefined;
  });
  const there = new Set((await kubectl(["get", "configmap", "-o", "name"])).split("\n"));
  const lost = acknowledged.filter((one) => !there.has(one));
  console.log(JSON.stringify({ freeBytes: free.bavail * free.bsize, whileFull, refusal: refusal.slice(0, 300), lost }));
} finally {
  await deleteCluster(options());
}
