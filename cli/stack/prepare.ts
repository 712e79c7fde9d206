import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { imageNames } from "@golive/infra/images.ts";
import type { PublishedPort, ToolchainApi } from "../core/local-api.ts";
import type { Step, World } from "../core/world.ts";
import { refusal } from "./context.ts";
import type { Program } from "./engine.ts";
import type { Settings } from "./settings.ts";

/** Tools of a named context; the embedded cluster and its images need all of them. */
export const contextTools = ["pulumi", "pulumi-kubernetes"] as const;

/** A context whose images are named by digest builds none, so it needs no programs to put into them. */
export function neededTools(toolchain: ToolchainApi, { target, config }: Settings) {
  return target.kind === "embedded" || !config.images ? toolchain.toolNames : contextTools;
}

/** Free space below which a first run is not begun: images, volumes and logs fit in it. */
const diskFloor = 4 * 1024 ** 3;

/** What preparation finds out, for the steps after it. */
export interface Prepared {
  /** Path of CloudNativePG's own manifest. */
  operatorManifest: string;
  kubeconfig: string;
  images: Readonly<Record<string, string>>;
}

/** The steps before Pulumi, in order; they fill `prepared`. Nothing is written to a cluster by those of a named context. */
export function preparation(world: World, settings: Settings, prepared: Partial<Prepared>): Step[] {
  const { signal } = world;
  const { target, config } = settings;
  return [
    {
      title: "Check this machine",
      run: async () => {
        if (target.kind === "context") return await checkContext(world, settings);
        await checkDisk(world);
        return await checkPorts(world, settings, target.cluster);
      },
    },
    {
      title: "Tools",
      run: async (report) => {
        const toolchain = await world.toolchain();
        const names = neededTools(toolchain, settings);
        await toolchain.ensureTools(names, { report, signal });
        prepared.operatorManifest = await toolchain.ensureOperatorManifest({ report, signal });
        return `${names.length} in place`;
      },
    },
    {
      title: `Cluster ${target.context}`,
      run: async (report) => {
        if (target.kind === "context") {
          prepared.kubeconfig = target.kubeconfig;
          return await (await world.kube({ kubeconfig: target.kubeconfig, context: target.context })).version();
        }
        const api = await world.cluster();
        const cluster = await api.startCluster({ name: target.cluster, report, signal });
        await api.publishPorts({ name: target.cluster, ports: ports(settings) });
        prepared.kubeconfig = cluster.kubeconfig;
        return `ready at ${cluster.nodeIp}`;
      },
    },
    {
      title: "Images",
      run: async (report) => {
        if (config.images) {
          prepared.images = config.images;
          return `${Object.keys(config.images).length} by digest, from the configuration`;
        }
        const images = await world.images();
        if (target.kind === "context") {
          if (!images.takesImages(target.context)) throw noImages(settings);
          const memory = join(settings.folder, "loaded-images.json");
          const cluster = await (await world.kube(target)).uid();
          const { context } = target;
          prepared.images = await images.loadIntoContext({
            context,
            cluster,
            memory,
            names: imageNames,
            report,
            signal,
          });
          return `${imageNames.length} in place`;
        }
        prepared.images = await images.ensureImages({
          cluster: target.cluster,
          names: imageNames,
          report,
          signal,
        });
        return `${Object.keys(prepared.images).length} in place`;
      },
    },
  ];
}

/** The Pulumi program with what was prepared; the images are kept for plain `pulumi` (see `golive env`). */
export async function programOf(world: World, settings: Settings, prepared: Partial<Prepared>): Promise<Program> {
  const { kubeconfig = "", images = {}, operatorManifest = "" } = prepared;
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  writeFileSync(imagesFile(settings), JSON.stringify(images, undefined, 2));
  const { config, target } = settings;
  return (await world.platform()).program({ config, context: target.context, kubeconfig, images, operatorManifest });
}

export const imagesFile = ({ folder }: Settings) => join(folder, "images.json");

/** What the machine itself serves, from the stack's table of endpoints. */
export function ports({ config }: Settings): PublishedPort[] {
  return config.endpoints.map(({ what, port, node }) => ({ host: port, node, what }));
}

/** Refuses before the first request: `local` never meets a cluster that is somebody else's. */
export async function checkContext(world: World, { stack, target }: Settings): Promise<string> {
  if (target.kind !== "context") return "";
  const kube = await world.kube(target);
  const why = stack === "local" ? refusal(target.context, kube.server()) : undefined;
  if (why !== undefined) {
    throw new GoliveError(
      "CONTEXT_REFUSED",
      `stack "local" must not run against context "${target.context}" (${kube.server()}): ${why}`,
      "Name a local context under golive:cluster in Pulumi.local.yaml, or use a stack of your own for that cluster.",
    );
  }
  return `context ${target.context}`;
}

/** Both folders may be on file systems of their own. */
export async function checkDisk(world: World): Promise<string> {
  for (const folder of [world.places.cache, world.places.state]) {
    const free = world.freeBytes(folder);
    if (free < diskFloor) {
      throw new GoliveError(
        "DISK_FULL",
        `${folder} has ${gib(free)} free, ${gib(diskFloor)} are needed`,
        "Free some space there, or move it with XDG_CACHE_HOME or GOLIVE_STATE.",
      );
    }
  }
  return `${gib(Math.min(...[world.places.cache, world.places.state].map(world.freeBytes)))} free`;
}

const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** Learning after twenty minutes of building that a port is taken would be late. A running cluster of ours holds its ports itself. */
export async function checkPorts(world: World, settings: Settings, cluster: string): Promise<string> {
  const { phase } = await (await world.cluster()).clusterStatus({ name: cluster });
  if (phase === "running") return "the cluster runs already";
  const taken: PublishedPort[] = [];
  for (const port of ports(settings)) if (!(await world.portFree(port.host))) taken.push(port);
  const [first] = taken;
  if (!first) return `${ports(settings).length} ports free`;
  const list = taken.map(({ host, what }) => `${host} (${what})`).join(", ");
  throw new GoliveError(
    "PORT_TAKEN",
    `another program listens on 127.0.0.1:${list}`,
    `Find it with \`ss -ltnp sport = :${first.host}\`, stop it, and run the same command again.`,
  );
}

function noImages({ stack, target }: Settings): GoliveError {
  return new GoliveError(
    "CONFIG_INVALID",
    `stack "${stack}" runs on context "${target.context}" and names no images`,
    `Push the images to a registry that the cluster reads, and list them by digest under golive:images in Pulumi.${stack}.yaml.`,
  );
}
