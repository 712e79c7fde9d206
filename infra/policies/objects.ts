import { fieldManager, ownershipLabels } from "../metadata.ts";
import { kubernetesObjects, metadataOf, objectPolicy, type Part, type Policy, podTemplates } from "./resource.ts";
import { isSecret } from "./secret-mark.ts";

const requiredLabels = [
  ...["name", "part-of", "managed-by", "component"].map((label) => `app.kubernetes.io/${label}`),
  ...Object.values(ownershipLabels),
];
/** Objects of the operator's own manifest carry the operator's labels. */
const upstream = "postgres-operator-";
const sensitive = /(password|secret|token|access_key)(?!.*(_file|_path)$)/i;
const powers = ["escalate", "bind", "impersonate"];

export const objectPolicies = {
  labels: {
    why: "who made it and what it belongs to is asked at three in the morning",
    check: (resources) =>
      kubernetesObjects(resources).flatMap((resource) => {
        if (resource.name.startsWith(upstream)) return [];
        const { labels = {} } = metadataOf(resource);
        const missing = requiredLabels.filter((label) => !labels[label]);
        return missing.length > 0 ? [{ resource: resource.name, message: `has no label ${missing.join(", ")}` }] : [];
      }),
  },
  fieldManager: {
    why: "a run that is killed must not fight its own earlier self over fields",
    check: (resources) =>
      kubernetesObjects(resources)
        .filter((resource) => metadataOf(resource).annotations?.["pulumi.com/patchFieldManager"] !== fieldManager)
        .map(({ name }) => ({ resource: name, message: "has no fixed field manager" })),
  },
  cronJobs: objectPolicy("CronJob", "a nightly job neither piles up, nor hangs, nor is forgotten", ({ inputs }) => {
    const spec = inputs.spec as Part;
    const job = spec.jobTemplate?.spec ?? {};
    const set = [spec.timeZone, spec.startingDeadlineSeconds, job.activeDeadlineSeconds, spec.failedJobsHistoryLimit];
    if (spec.concurrencyPolicy !== "Forbid") return "may run twice at once";
    if (set.some((value) => value === undefined)) return "lacks a time zone, a deadline or a history limit";
    return job.backoffLimit <= 2 ? undefined : "tries more than twice again";
  }),
  budgets: {
    why: "a drain takes one pod after the other, and is never blocked",
    check: (resources) =>
      resources
        .filter(({ type, inputs }) => type.endsWith(":Deployment") && ((inputs.spec as Part).replicas ?? 1) > 1)
        .flatMap(({ name, inputs }) => {
          const { template, replicas, selector } = inputs.spec as Part;
          const budget = resources.find(
            (other) =>
              other.type.endsWith(":PodDisruptionBudget") &&
              metadataOf(other).namespace === metadataOf({ name, type: "", inputs }).namespace &&
              JSON.stringify((other.inputs.spec as Part).selector) === JSON.stringify(selector),
          );
          if (!budget) return [{ resource: name, message: "has several pods and no disruption budget" }];
          if ((budget.inputs.spec as Part).minAvailable >= replicas)
            return [{ resource: name, message: "has a budget that allows no disruption" }];
          return template.spec.topologySpreadConstraints
            ? []
            : [{ resource: name, message: "is not spread over nodes" }];
        }),
  },
  singleWriter: {
    why: "two processes on one volume corrupt it or die on its lock",
    check: (resources) =>
      podTemplates(resources)
        .filter(
          ({ kind, spec }) =>
            kind === "Deployment" && (spec.volumes ?? []).some((volume: Part) => volume.persistentVolumeClaim),
        )
        .flatMap(({ resource }) => {
          const spec = resources.find(({ name }) => name === resource)?.inputs.spec as Part;
          return spec.strategy?.type === "Recreate" && (spec.replicas ?? 1) === 1
            ? []
            : [{ resource, message: "has a volume and may have two pods" }];
        }),
  },
  secretsAreSecret: objectPolicy("Secret", "Pulumi shows and stores in clear what is not marked", ({ inputs }) => {
    // The provider turns `stringData` into `data` before the engine plans it.
    const values = [inputs.stringData, inputs.data].filter((value) => value !== undefined);
    return values.length > 0 && values.every(isSecret) ? undefined : "has values that are not marked as secret";
  }),
  noSecretInEnvironment: {
    why: "environments are printed by crash reports and `kubectl describe`",
    check: (resources) =>
      podTemplates(resources).flatMap(({ resource, containers }) =>
        containers
          .flatMap(({ env = [] }) => env as { name: string; value?: unknown }[])
          .filter(({ name, value }) => value !== undefined && sensitive.test(name))
          .map(({ name }) => ({ resource, message: `has ${name} as a plain value` })),
      ),
  },
  rights: {
    why: "a program that can change rights or read every secret is the cluster's owner",
    check: (resources) =>
      resources
        .filter(({ type }) => /:(Cluster)?Role$/.test(type))
        .flatMap(({ name, inputs }) => {
          const rules = (inputs.rules as Part[] | undefined) ?? [];
          const wide = rules.find(
            ({ verbs = [], resources: what = [], apiGroups = [], resourceNames = [] }) =>
              [...verbs, ...what, ...apiGroups].includes("*") ||
              verbs.some((verb: string) => powers.includes(verb)) ||
              (what.includes("secrets") && verbs.includes("list") && resourceNames.length === 0),
          );
          return wide ? [{ resource: name, message: `has the rule ${JSON.stringify(wide)}` }] : [];
        }),
  },
  noClusterAdmin: {
    why: "a binding to cluster-admin is every right there is, in one line",
    check: (resources) =>
      resources
        .filter(({ type, inputs }) => /:(Cluster)?RoleBinding$/.test(type) && isOwner(inputs.roleRef))
        .map(({ name }) => ({ resource: name, message: "binds to cluster-admin, or to what equals it" })),
  },
  entryHasTls: {
    why: "tokens cross the network at the entry",
    check: (resources) =>
      resources
        .filter(({ type }) => /:(Ingress|Gateway)$/.test(type) && type.startsWith("kubernetes:"))
        .filter(({ inputs }) => !hasTls(inputs.spec as Part))
        .map(({ name }) => ({ resource: name, message: "takes requests without TLS" })),
  },
} as const satisfies Record<string, Policy>;

const isOwner = (role: Part): boolean => ["cluster-admin", "admin", "edit"].includes(role?.name);

/** An Ingress lists its certificates; a Gateway has them at each listener. */
function hasTls({ tls, listeners }: Part): boolean {
  if (listeners)
    return listeners.length > 0 && listeners.every(({ protocol, tls: own }: Part) => protocol !== "HTTP" && own);
  return Array.isArray(tls) && tls.length > 0;
}
