import type { Exception } from "./check.ts";

const operator = "postgres-operator-Deployment-cnpg-controller-manager";

/** Every breach that is wanted. */
export const exceptions: readonly Exception[] = [
  { policy: "noApiToken", resource: "metrics-prometheus-pods", reason: "it finds its targets by listing pods" },
  {
    policy: "noApiToken",
    resource: "backups-monitor-server-pods",
    reason: "it looks whether the schedules of the backups are suspended",
  },
  {
    policy: "noApiToken",
    resource: "backups-backup-drill-point-in-time",
    reason: "it has the operator recover a server from the archive, and take it away again",
  },
  {
    policy: "rights",
    resource: "postgres-operator-ClusterRole-cnpg-manager",
    reason: "the operator makes and reads the Secrets of the databases it runs, in whatever namespace they are",
  },
  { policy: "noApiToken", resource: operator, reason: "an operator works through the Kubernetes API" },
  {
    policy: "noApiToken",
    resource: "point-in-time-plugin-pods",
    reason: "it gives database pods the right to read where their archive is",
  },
];
