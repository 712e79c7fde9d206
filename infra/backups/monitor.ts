import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import { secretFiles } from "../server/mounts.ts";
import { Server } from "../server/server.ts";
import type { BackupPodArgs } from "./backup-pod.ts";
import { secretMounts } from "./backup-secrets.ts";
import { channelsOf } from "./channels.ts";
import {
  channelEnvironment,
  folders,
  keyEnvironment,
  monitorEnvironment,
  postgresEnvironment,
  retentionEnvironment,
  storeEnvironment,
} from "./environment.ts";
import { scheduledJobs } from "./jobs.ts";

/** What it holds: enough to look, nothing to change or to open a backup with. */
const held = { keys: ["trusted"], account: "reader" } as const;

/** The server that looks at the backups every few minutes: metrics for Prometheus, a heartbeat for those outside. */
export function monitorServer(
  name: string,
  args: BackupPodArgs & { readonly namespace: pulumi.Input<string>; readonly revision: pulumi.Input<string> },
  parent: pulumi.Resource,
): Server {
  const { plan, postgres, store, secrets } = args;
  const watchers = channelsOf(args.channels, ["watcher", "run-watcher"]);
  const server = new Server(
    name,
    {
      workload: "backup-monitor",
      namespace: args.namespace,
      component: "backups",
      image: args.images.backup,
      args: ["metrics-server"],
      env: {
        ...postgresEnvironment(postgres, "backup"),
        ...storeEnvironment(store),
        ...keyEnvironment(held.keys),
        ...retentionEnvironment(plan),
        ...monitorEnvironment(plan, args.walArchive),
        BACKUP_MONITOR_SCHEDULES: scheduledJobs(args.walArchive).join(","),
        ...channelEnvironment(watchers),
      },
      resources: { cpu: "50m", memory: "192Mi" },
      mounts: [
        secretFiles("password", folders.password, postgres.secret("backup"), ["password"]),
        secretFiles("ca", folders.ca, postgres.caSecret, ["ca.crt"]),
        ...secretMounts(secrets, { ...held, channels: watchers }),
      ],
      probes: {
        // Ready when the first look was tried, also when it failed: a store that is down holds nothing else up.
        startupProbe: { httpGet: { path: "/readyz", port: "metrics" }, periodSeconds: 2, failureThreshold: 90 },
        livenessProbe: {
          httpGet: { path: "/healthz", port: "metrics" },
          periodSeconds: 20,
          timeoutSeconds: 5,
          failureThreshold: 6,
        },
        readinessProbe: { httpGet: { path: "/readyz", port: "metrics" }, periodSeconds: 10 },
      },
      servicePorts: ["metrics"],
      apiToken: true,
      revision: args.revision,
    },
    { parent },
  );
  scheduleReader(name, args, server, parent);
  return server;
}

/** It may look at the CronJobs that must not be suspended, each by its name, and at nothing else. */
function scheduleReader(
  name: string,
  { namespace, walArchive }: { readonly namespace: pulumi.Input<string>; readonly walArchive: boolean },
  server: Server,
  parent: pulumi.Resource,
): void {
  const metadata = owned({
    name: "backup-monitor-schedules",
    namespace,
    labels: standardLabels("backup-monitor", "backups"),
  });
  const role = new k8s.rbac.v1.Role(
    `${name}-schedules`,
    {
      metadata,
      rules: [
        { apiGroups: ["batch"], resources: ["cronjobs"], resourceNames: scheduledJobs(walArchive), verbs: ["get"] },
      ],
    },
    { parent },
  );
  new k8s.rbac.v1.RoleBinding(
    `${name}-schedules`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: server.account.metadata.name, namespace }],
    },
    { parent },
  );
}
