import { type WorkloadName, workloads } from "./workloads.ts";

/** A port that people reach: the host's loopback port, the node port behind it, and what answers there. */
export interface PublishedPort {
  /** Port on 127.0.0.1. */
  readonly host: number;
  /** Node port of the Service; the embedded cluster allows 1024–32767. */
  readonly node: number;
  /** What people know it as; the CLI prints it beside the URL. */
  readonly what: string;
  readonly workload: WorkloadName;
  /** Container port that answers. */
  readonly target: number;
  /** Path of the first page worth opening. */
  readonly path: string;
}

/** Host and node ports are the programs' own well-known ports, so that every tutorial's URL works. */
export const publishedPorts = {
  gateway: {
    host: 8000,
    node: 8000,
    what: "API gateway",
    workload: "gateway",
    target: workloads.gateway.ports.http,
    path: "/api/health",
  },
  jaeger: {
    host: 16686,
    node: 16686,
    what: "traces (Jaeger)",
    workload: "jaeger",
    target: workloads.jaeger.ports.ui,
    path: "/",
  },
  prometheus: {
    host: 9090,
    node: 9090,
    what: "metrics (Prometheus)",
    workload: "prometheus",
    target: workloads.prometheus.ports.http,
    path: "/api/v1/targets",
  },
  alertmanager: {
    host: 9093,
    node: 9093,
    what: "alerts (Alertmanager)",
    workload: "alertmanager",
    target: workloads.alertmanager.ports.http,
    path: "/",
  },
  runbooks: {
    host: 3000,
    node: 3000,
    what: "runbooks",
    workload: "runbooks",
    target: workloads.runbooks.ports.http,
    path: "/",
  },
  bugsink: {
    host: 8001,
    node: 8001,
    what: "errors (Bugsink)",
    workload: "bugsink",
    target: workloads.bugsink.ports.http,
    path: "/",
  },
} as const satisfies Record<string, PublishedPort>;

export type PublishedName = keyof typeof publishedPorts;

/** The ports that a stack publishes: a tracker that it does not run has none. */
export function portsOf(errors: { readonly kind: string }): PublishedName[] {
  return (Object.keys(publishedPorts) as PublishedName[]).filter((name) => name !== "bugsink" || errors.kind === name);
}

/** URL of each published port as seen from the machine that runs the embedded cluster. */
export function publishedUrls(): Record<PublishedName, string> {
  const urls = Object.entries(publishedPorts).map(([name, port]) => [name, `http://localhost:${port.host}`]);
  return Object.fromEntries(urls) as Record<PublishedName, string>;
}
