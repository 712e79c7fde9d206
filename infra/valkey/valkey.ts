import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { mebibytes } from "../config/quantities.ts";
import { owned, standardLabels } from "../metadata.ts";
import { scratch, secretFiles } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import { workloads } from "../workloads.ts";

export interface ValkeyArgs {
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly memory: string;
  readonly password: pulumi.Output<string>;
  readonly revision: pulumi.Input<string>;
}

/** A cache: keeps nothing over a restart, drops the least used keys when full. */
export class Valkey extends pulumi.ComponentResource {
  /** Secret whose key `url` is the connection URL, password included. */
  readonly urlSecret: pulumi.Output<string>;

  constructor(name: string, args: ValkeyArgs, opts: pulumi.ComponentResourceOptions) {
    const { namespace, memory, password } = args;
    super("golive:valkey:Valkey", name, { memory }, opts);
    const port = workloads.valkey.ports.valkey;
    const secret = new k8s.core.v1.Secret(
      `${name}-access`,
      {
        metadata: owned({ name: "valkey-access", namespace, labels: standardLabels("valkey", "cache") }),
        stringData: {
          "valkey.conf": password.apply((text) => valkeyConf(text, memory)),
          url: pulumi.interpolate`redis://:${password}@valkey:${port}`,
        },
      },
      { parent: this },
    );
    const server = new Server(
      `${name}-server`,
      {
        workload: "valkey",
        namespace,
        component: "cache",
        image: args.image,
        args: ["/etc/valkey/valkey.conf"],
        resources: { cpu: "20m", memory },
        mounts: [
          secretFiles("config", "/etc/valkey", secret.metadata.name, ["valkey.conf"]),
          scratch("data", "/data", "16Mi"),
        ],
        probes: {
          livenessProbe: { tcpSocket: { port: "valkey" }, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
          readinessProbe: { tcpSocket: { port: "valkey" }, periodSeconds: 5 },
        },
        servicePorts: ["valkey"],
        revision: args.revision,
      },
      { parent: this },
    );
    this.urlSecret = pulumi.all([secret.metadata.name, server.service.id]).apply(([secretName]) => secretName);
    this.registerOutputs({ urlSecret: this.urlSecret });
  }
}

/** A quarter of the container's memory is for clients' buffers and fragmentation. */
export function valkeyConf(password: string, memory: string): string {
  const lines = {
    bind: "*",
    port: workloads.valkey.ports.valkey,
    requirepass: password,
    maxmemory: `${Math.floor(mebibytes(memory) * 0.75)}mb`,
    "maxmemory-policy": "allkeys-lru",
    save: '""',
    appendonly: "no",
    dir: "/data",
    logfile: '""',
    daemonize: "no",
  };
  return `${Object.entries(lines)
    .map(([key, value]) => `${key} ${value}`)
    .join("\n")}\n`;
}
