// Entry of plain `pulumi up`. `golive up` runs the same program through the Automation API and needs none of these variables.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { GoliveError } from "@golive/errors/golive-error.ts";
import * as pulumi from "@pulumi/pulumi";
import { loadPlatformConfig } from "./config/from-stack.ts";
import type { PlatformConfig } from "./config.ts";
import { platformProgram } from "./program.ts";

/** GOLIVE_IMAGES (a JSON file, name → reference) goes before `golive:images`. */
function images(config: PlatformConfig): Record<string, string> {
  const path = process.env.GOLIVE_IMAGES;
  return path ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, string>) : (config.images ?? {});
}

function kubeconfig({ cluster }: PlatformConfig): string {
  const path = cluster.kubeconfig ?? process.env.KUBECONFIG ?? `${homedir()}/.kube/config`;
  return readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8");
}

function run() {
  const config = loadPlatformConfig();
  return platformProgram({
    config,
    images: images(config),
    kubeconfig: kubeconfig(config),
    context: config.cluster.context,
    operatorManifestPath: process.env.GOLIVE_OPERATOR_MANIFEST ?? "",
  });
}

/** Pulumi shows a RunError as it is; of other errors it prints program text and a stack. */
function shown(error: unknown): unknown {
  return error instanceof GoliveError ? new pulumi.RunError(`${error.message}\n${error.hint}`) : error;
}

export default async () => {
  try {
    return await run();
  } catch (error) {
    throw shown(error);
  }
};
