import { join } from "node:path";

/** A scanner of Kubernetes manifests that is not ours: what it finds, our own policies should have found. */
export const checkovVersion = "3.3.30";

/** @param cache golive's cache folder */
export const checkovFolder = (cache: string): string => join(cache, "checkov", checkovVersion);

/** Findings that are wanted. `resource` as checkov names it; without it every resource is meant. */
export const checkovExceptions = [
  {
    check: "CKV_K8S_11",
    reason: "a limit of CPU throttles a burst while the node idles; requests share it out when it is short",
  },
  {
    check: "CKV_K8S_38",
    resource: "Deployment.cnpg-system.cnpg-controller-manager",
    reason: "an operator works through the Kubernetes API",
  },
  {
    check: "CKV_K8S_38",
    resource: "Deployment.cnpg-system.barman-plugin",
    reason: "it gives database pods the right to read where their archive is",
  },
  {
    check: "CKV_K8S_38",
    resource: "Deployment.golive-app.backup-monitor",
    reason: "it looks whether the schedules of the backups are suspended",
  },
  {
    check: "CKV_K8S_38",
    resource: "CronJob.golive-app.backup-drill-point-in-time",
    reason: "it has the operator recover a server from the archive",
  },
  {
    check: "CKV_K8S_38",
    resource: "Deployment.golive-observability.prometheus",
    reason: "it finds its targets by listing pods",
  },
  {
    check: "CKV_K8S_35",
    resource: "Deployment.golive-app.gateway",
    reason: "the client of the cache takes its address, password included, as one setting",
  },
  {
    check: "CKV_K8S_35",
    resource: "Deployment.golive-observability.jaeger",
    reason: "its configuration reads the address of Sentry from its environment only",
  },
] as const satisfies readonly { readonly check: string; readonly resource?: string; readonly reason: string }[];
