/**
 * Every program the platform builds for itself. One row is one Go module under modules/<tool>, pinned by its go.sum.
 * Rows stand in build order: the Kubernetes module first, because its client libraries (same versions everywhere, so that
 * the build cache serves them) are most of what the next rows are made of.
 */
export interface Tool {
  /** Version of the program, as its makers count it. */
  readonly version: string;
  /** What it is for, for `golive doctor`. */
  readonly about: string;
  /** Packages to build, as `go build` takes them; "." is the main.go beside the go.mod. */
  readonly packages: readonly string[];
  /** Programs it gives: name → the file `go build` writes. Several names of one file are links to it. */
  readonly programs: Readonly<Record<string, string>>;
  /** Linker settings beyond "-s -w": variable → value. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** Files of the tool's own modules that are copied beside main.go before the build. */
  readonly embed?: Readonly<Record<string, { module: string; file: string }>>;
  /** Seconds on two cores when built in this order, measured; shown as the expected time. */
  readonly seconds: number;
}

const kubernetesVersion = "1.37.2";
const pulumiVersion = "3.274.1";
const kubernetesProvider = "github.com/pulumi/pulumi-kubernetes/provider/v4";

export const tools = {
  kubernetes: {
    version: kubernetesVersion,
    about: "control plane, kubelet, kube-proxy and etcd in one binary, and kubectl",
    packages: [".", "k8s.io/kubernetes/cmd/kubectl"],
    programs: {
      etcd: "kubernetes",
      "kube-apiserver": "kubernetes",
      "kube-controller-manager": "kubernetes",
      "kube-scheduler": "kubernetes",
      "kube-proxy": "kubernetes",
      kubelet: "kubernetes",
      kubectl: "kubectl",
    },
    variables: {
      "k8s.io/component-base/version.gitVersion": `v${kubernetesVersion}`,
      "k8s.io/component-base/version.gitMajor": "1",
      "k8s.io/component-base/version.gitMinor": "37",
    },
    seconds: 300,
  },
  "local-path-provisioner": {
    version: "0.0.30",
    about: "dynamic volumes in the embedded cluster",
    packages: ["github.com/rancher/local-path-provisioner"],
    programs: { "local-path-provisioner": "local-path-provisioner" },
    seconds: 6,
  },
  "kube-router": {
    version: "2.1.0",
    about: "enforces NetworkPolicies in the embedded cluster",
    packages: ["."],
    programs: { "kube-router": "kube-router" },
    seconds: 4,
  },
  coredns: {
    version: "1.15.0",
    about: "cluster DNS",
    packages: ["."],
    programs: { coredns: "coredns" },
    seconds: 7,
  },
  "pulumi-kubernetes": {
    version: "4.24.0",
    about: "Pulumi's Kubernetes provider",
    packages: ["."],
    programs: { "pulumi-resource-kubernetes": "pulumi-kubernetes" },
    embed: {
      "schema.json": { module: kubernetesProvider, file: "cmd/pulumi-resource-kubernetes/schema.json" },
      "terraform-mapping.json": {
        module: kubernetesProvider,
        file: "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
      },
    },
    seconds: 90,
  },
  pulumi: {
    version: pulumiVersion,
    about: "Pulumi's engine; the Automation API drives it",
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    programs: { pulumi: "pulumi" },
    // The Automation API refuses an engine that does not know its version.
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
    seconds: 104,
  },
  versitygw: {
    version: "1.8.0",
    about: "S3-compatible object store for the local stack",
    packages: ["github.com/versity/versitygw/cmd/versitygw"],
    programs: { versitygw: "versitygw" },
    seconds: 31,
  },
  prometheus: {
    version: "3.16.0",
    about: "metrics, and promtool for the rules",
    packages: ["github.com/prometheus/prometheus/cmd/prometheus", "github.com/prometheus/prometheus/cmd/promtool"],
    programs: { prometheus: "prometheus", promtool: "promtool" },
    // Without the discovery code of twenty clouds: only Kubernetes' own is used.
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    seconds: 45,
  },
  alertmanager: {
    version: "0.31.1",
    about: "routes alerts, and amtool for the routes",
    packages: ["github.com/prometheus/alertmanager/cmd/alertmanager", "github.com/prometheus/alertmanager/cmd/amtool"],
    programs: { alertmanager: "alertmanager", amtool: "amtool" },
    seconds: 22,
  },
  "cloudnative-pg": {
    version: "1.30.0",
    about: "the Postgres operator",
    packages: ["github.com/cloudnative-pg/cloudnative-pg/cmd/manager"],
    programs: { "cnpg-manager": "manager" },
    seconds: 56,
  },
  "plugin-barman-cloud": {
    version: "0.14.0",
    about: "the Postgres operator's plugin for WAL archives and base backups",
    packages: ["github.com/cloudnative-pg/plugin-barman-cloud/cmd/manager"],
    programs: { "barman-plugin": "manager" },
    seconds: 55,
  },
  jaeger: {
    version: "2.13.0",
    about: "traces: collector, storage and query in one binary",
    packages: ["github.com/jaegertracing/jaeger/cmd/jaeger"],
    programs: { jaeger: "jaeger" },
    seconds: 110,
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

/** Any program of any tool, by the name it is called. */
export type ProgramName = { [T in ToolName]: keyof (typeof tools)[T]["programs"] }[ToolName] & string;

export const toolNames = Object.keys(tools) as readonly ToolName[];

/** A tool as data, without the literal types. */
export function tool(name: ToolName): Tool {
  return tools[name];
}

/** The tool that gives a program. */
export function toolOf(program: ProgramName): ToolName {
  const owner = toolNames.find((name) => program in tool(name).programs);
  if (!owner) throw new RangeError(`no tool gives the program ${program}`);
  return owner;
}
