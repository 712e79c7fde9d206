import * as pulumi from "@pulumi/pulumi";
import { Server } from "../server/server.ts";
import { workloads } from "../workloads.ts";

export interface RunbooksArgs {
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly replicas: number;
  /** The site's status cards read from it; when it does not answer, they say so. */
  readonly prometheusUrl: string;
}

/** The runbook site: static pages, and one document with the state of backups and alerts. It holds no data and no secret. */
export class Runbooks extends pulumi.ComponentResource {
  readonly server: Server;

  constructor(name: string, args: RunbooksArgs, opts: pulumi.ComponentResourceOptions) {
    const { namespace, image, replicas, prometheusUrl } = args;
    super("golive:runbooks:Runbooks", name, { replicas }, opts);
    const health = { httpGet: { path: "/healthz", port: "http" } };
    this.server = new Server(
      `${name}-server`,
      {
        workload: "runbooks",
        namespace,
        component: "runbooks",
        image,
        env: { PORT: String(workloads.runbooks.ports.http), PROMETHEUS_URL: prometheusUrl },
        resources: { cpu: "10m", memory: "96Mi" },
        replicas,
        probes: {
          livenessProbe: { ...health, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
          readinessProbe: { ...health, periodSeconds: 5 },
        },
        servicePorts: ["http"],
      },
      { parent: this },
    );
    this.registerOutputs({ service: this.server.service.metadata.name });
  }
}
