import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Progress } from "../report.ts";
import { ctr } from "./containers.ts";
import { askStatus } from "./control.ts";
import { inside, layout } from "./layout.ts";
import { enter } from "./namespace.ts";
import { systemEnv } from "./run.ts";

/** Brings an archive (OCI or Docker form) into the cluster, under the names that it carries. */
export async function importImage({
  name,
  archive,
  signal,
}: { name: string; archive: string } & Partial<Progress>): Promise<void> {
  const pid = await worldOf(name);
  // Through standard input: the archive may lie where the cluster's own /run or /var/lib covers it.
  const [program, args] = enter(pid, [
    "ctr",
    "--address",
    inside.containerdSocket,
    "--namespace",
    "k8s.io",
    "images",
    "import",
    "-",
  ]);
  const child = spawn(program, args, {
    env: systemEnv(),
    stdio: ["pipe", "ignore", "pipe"],
    ...(signal ? { signal } : {}),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said = (said + chunk).slice(-2000);
  });
  const exit = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("exit", resolve));
  const [code, sent] = await Promise.all([
    exit,
    pipeline(createReadStream(archive), child.stdin).catch((error: Error) => error),
  ]);
  if (code !== 0 || sent instanceof Error)
    throw new GoliveError(
      "CLUSTER_FAILED",
      `the image archive ${archive} could not be imported: ${said.trim() || (sent instanceof Error ? sent.message : `exit status ${code}`)}`,
      "Delete the archive and run the same command again; it is built anew.",
    );
}

/** Names of the images in the cluster, digests left out. */
export async function listImages({ name }: { name: string }): Promise<string[]> {
  const pid = await worldOf(name);
  const { stdout } = await ctr(pid, ["images", "list", "--quiet"]);
  return stdout.split("\n").filter((ref) => ref !== "" && !ref.startsWith("sha256:") && !ref.includes("@sha256:"));
}

export async function tagImage({ name, from, to }: { name: string; from: string; to: string }): Promise<void> {
  const { code, stderr } = await ctr(await worldOf(name), ["images", "tag", "--force", from, to]);
  if (code !== 0)
    throw new GoliveError(
      "CLUSTER_FAILED",
      `the image ${from} could not be named ${to}: ${stderr.trim()}`,
      "Run the same command again.",
    );
}

async function worldOf(name: string): Promise<number> {
  const status = await askStatus(layout(name).socket);
  if (status?.worldPid === undefined || status.components.containerd?.state !== "ready")
    throw new GoliveError("CLUSTER_FAILED", `the cluster ${name} does not run`, "Start it with `golive up`.");
  return status.worldPid;
}
