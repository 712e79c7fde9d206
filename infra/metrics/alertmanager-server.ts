import * as k8s from "@pulumi/kubernetes";
import type { Input, Resource } from "@pulumi/pulumi";
import { stringify } from "yaml";
import { owned, standardLabels } from "../metadata.ts";
import { configMap } from "../server/config-files.ts";
import { configFiles, data, secretFiles } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import { dataVolume } from "../server/volume.ts";
import { workloads } from "../workloads.ts";
import type { AlertReceivers } from "./alert-receivers.ts";
import { alertmanagerConfig } from "./alertmanager-config.ts";
import { type ReceiverName, receiverFiles, receiversFolder } from "./receivers.ts";

export interface AlertmanagerArgs {
  readonly namespace: Input<string>;
  readonly image: string;
  /** Name of the namespace, for the address of the alert log. */
  readonly namespaceName: string;
  readonly protect: boolean;
  /** @default nobody but the alert log */
  readonly told?: AlertReceivers | undefined;
}

export function alertmanagerServer(name: string, args: AlertmanagerArgs, parent: Resource, alertLog: Server): Server {
  const { namespace, told } = args;
  const logUrl = `http://alert-log.${args.namespaceName}:${workloads["alert-log"].ports.http}/`;
  const settings = alertmanagerConfig({ logUrl, ...(told ? { receivers: told.receivers } : {}) });
  const files = { "alertmanager.yaml": stringify(settings) };
  const config = configMap(
    `${name}-alertmanager-config`,
    { namespace, name: "alertmanager", component: "alerts", files },
    parent,
  );
  const volume = dataVolume(
    `${name}-alertmanager-data`,
    { namespace, name: "alertmanager", component: "alerts", storage: "128Mi", protect: args.protect },
    parent,
  );
  const secret = receiverSecret(name, args, parent);
  return new Server(
    `${name}-alertmanager`,
    {
      workload: "alertmanager",
      namespace,
      component: "alerts",
      image: args.image,
      args: [
        "--config.file=/etc/alertmanager/alertmanager.yaml",
        // Silences and what was sent already survive a restart.
        "--storage.path=/data/alertmanager",
        "--web.listen-address=0.0.0.0:9093",
        // One replica: no gossip.
        "--cluster.listen-address=",
        "--log.format=json",
      ],
      resources: { cpu: "20m", memory: "96Mi" },
      mounts: [
        configFiles("config", "/etc/alertmanager", config.metadata.name),
        data("data", "/data", volume.metadata.name),
        ...(secret ? [secretFiles("receivers", receiversFolder, secret.name, secret.files)] : []),
      ],
      probes: {
        livenessProbe: {
          httpGet: { path: "/-/healthy", port: "http" },
          periodSeconds: 20,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        readinessProbe: { httpGet: { path: "/-/ready", port: "http" }, periodSeconds: 5 },
      },
      servicePorts: ["http"],
    },
    { parent, dependsOn: [alertLog] },
  );
}

/** One Secret for all of them, under a name that stays: a new key reaches the running pod, which reads it for the next message. */
function receiverSecret(
  name: string,
  { namespace, told }: AlertmanagerArgs,
  parent: Resource,
): { readonly name: Input<string>; readonly files: readonly string[] } | undefined {
  const secrets = Object.entries(told?.secrets ?? {}).map(
    ([receiver, value]) => [receiverFiles[receiver as ReceiverName], value] as const,
  );
  if (secrets.length === 0) return undefined;
  const secret = new k8s.core.v1.Secret(
    `${name}-alertmanager-receivers`,
    {
      metadata: owned({
        name: "alertmanager-receivers",
        namespace,
        labels: standardLabels("alertmanager", "alerts"),
      }),
      stringData: Object.fromEntries(secrets),
    },
    { parent },
  );
  return { name: secret.metadata.name, files: secrets.map(([file]) => file) };
}
