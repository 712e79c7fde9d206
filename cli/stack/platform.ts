import { readFileSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { type PlatformConfig, parsePlatformConfig, type RawConfig } from "@golive/infra/config.ts";
import { portsOf, publishedPorts } from "@golive/infra/ports.ts";
import { partsOf } from "../preview/step.ts";
import type { Endpoint, PlatformApi } from "./platform-api.ts";

/** Paths that answer 200 when the service works; the page people open may well be another. */
const healthPaths = {
  gateway: "/api/health",
  jaeger: "/api/services",
  prometheus: "/-/ready",
  alertmanager: "/-/ready",
  runbooks: "/healthz",
  bugsink: "/health/ready",
} as const satisfies Record<keyof typeof publishedPorts, string>;

function endpoints(offset: number, { errors }: PlatformConfig): Endpoint[] {
  return portsOf(errors).map((name) => {
    const { what, host, node, path } = publishedPorts[name];
    const port = host + offset;
    const url = `http://localhost:${port}`;
    return {
      name,
      what,
      port,
      node,
      health: `${url}${healthPaths[name]}`,
      page: `${url}${path}`,
    };
  });
}

/** infra/ as the CLI uses it. */
export const platformApi: PlatformApi = {
  readConfig(stack, document, portOffset) {
    const config = parsePlatformConfig(configOf(stack, document));
    const { cluster, namespacePrefix, images } = config;
    return {
      namespacePrefix,
      embedded: cluster.kind === "embedded",
      context: cluster.context,
      kubeconfig: cluster.kubeconfig,
      images: images as Readonly<Record<string, string>> | undefined,
      endpoints: endpoints(portOffset, config),
      parsed: config,
    };
  },
  program:
    ({ config, kubeconfig, context, images, operatorManifest }) =>
    async () => {
      // Loaded here: the Kubernetes SDK takes half a second that `status` and `doctor` need not spend.
      const { platformProgram } = await import("@golive/infra/program.ts");
      const outputs = await platformProgram({
        config: config.parsed as PlatformConfig,
        images,
        kubeconfig: readFileSync(kubeconfig, "utf8"),
        context,
        operatorManifestPath: operatorManifest,
      });
      return { ...outputs };
    },
  async policies({ config, images }) {
    const [{ findings }, { alertPageSlugs }, { plannedResources }] = await Promise.all([
      import("@golive/infra/policies/check.ts"),
      import("@golive/infra/policies/pages.ts"),
      import("@golive/infra/policies/planned.ts"),
    ]);
    const facts = { images, isProtected: (config.parsed as PlatformConfig).protect, pages: alertPageSlugs() };
    return (steps) => {
      const planned = steps.map((step) => ({ ...step, type: partsOf(step.urn).type }));
      return findings(plannedResources(planned), facts).map((finding) => ({ ...finding, severity: "error" as const }));
    };
  },
};

function configOf(stack: string, document: unknown): RawConfig {
  const config = (document as { config?: unknown } | null)?.config ?? {};
  if (typeof config === "object" && !Array.isArray(config)) return config as RawConfig;
  throw new GoliveError(
    "CONFIG_INVALID",
    `"config" in Pulumi.${stack}.yaml is not a group of keys`,
    "Write config: and the golive: keys below it, indented.",
  );
}
