import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { owned, standardLabels } from "../metadata.ts";
import { drillClusterName, drillLabel } from "../postgres/cluster-names.ts";

/** Of its pods, its service account and its rights. */
export const drillAccount = "backup-drill-point-in-time";

/**
 * What the drill of the archive may do in the cluster. `create` can name no object, so an admission policy does. It reads and deletes
 * the one cluster of its name, and reads pods and their logs to tell why a recovery failed; it can neither touch nor read the live one.
 */
export const drillRights = [
  { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
  {
    apiGroups: ["postgresql.cnpg.io"],
    resources: ["clusters"],
    resourceNames: [drillClusterName],
    verbs: ["get", "delete"],
  },
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

const [[labelKey, labelValue]] = Object.entries(drillLabel) as [[string, string]];

/** Expressions of the Common Expression Language about what is made; the first that does not hold refuses it. */
export const drillClusterRules: readonly (readonly [expression: string, message: string])[] = [
  [`object.metadata.name == "${drillClusterName}"`, `a drill makes the cluster ${drillClusterName} and no other`],
  ["!has(object.spec.plugins) && !has(object.spec.backup)", "a cluster of a drill archives nowhere"],
  ["has(object.spec.bootstrap) && has(object.spec.bootstrap.recovery)", "a cluster of a drill is recovered"],
  [
    `has(object.spec.inheritedMetadata) && has(object.spec.inheritedMetadata.labels) && ${JSON.stringify(labelKey)} in object.spec.inheritedMetadata.labels && object.spec.inheritedMetadata.labels[${JSON.stringify(labelKey)}] == "${labelValue}"`,
    "pods of a drill carry the label that their network policy finds them by",
  ],
];

export interface PointInTimeDrill {
  /** Name of the service account. */
  readonly account: pulumi.Output<string>;
  /** Name of the ConfigMap with the Cluster that is to be made. */
  readonly cluster: pulumi.Output<string>;
}

/** File of that ConfigMap. */
export const clusterFile = "cluster.json";

export interface PointInTimeDrillArgs {
  readonly namespace: pulumi.Input<string>;
  /** The `Cluster`, but for the moment that is gone back to. */
  readonly cluster: Readonly<Record<string, unknown>>;
}

/** What the job that drills the archive needs beside its pod: an account, its rights, and the cluster that it makes. */
export function pointInTimeDrill(
  name: string,
  { namespace, cluster }: PointInTimeDrillArgs,
  parent: pulumi.Resource,
): PointInTimeDrill {
  const own = { parent };
  const metadata = owned({ name: drillAccount, namespace, labels: standardLabels(drillAccount, "backups") });
  const account = new k8s.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata, automountServiceAccountToken: false },
    own,
  );
  const role = new k8s.rbac.v1.Role(`${name}-rights`, { metadata, rules: structuredClone(drillRights) }, own);
  new k8s.rbac.v1.RoleBinding(
    `${name}-rights`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
    },
    own,
  );
  admission(name, namespace, parent);
  const config = new k8s.core.v1.ConfigMap(
    `${name}-cluster`,
    { metadata, data: { [clusterFile]: `${JSON.stringify(cluster, undefined, 1)}\n` } },
    own,
  );
  return { account: account.metadata.name, cluster: config.metadata.name };
}

/** Of the cluster as a whole, so its name has the namespace in it: two stacks may share a cluster. */
function admission(name: string, namespace: pulumi.Input<string>, parent: pulumi.Resource): void {
  const metadata = owned({
    name: pulumi.interpolate`${namespace}-${drillAccount}`,
    labels: standardLabels(drillAccount, "backups"),
  });
  const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
    `${name}-admission`,
    {
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ["postgresql.cnpg.io"],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["clusters"],
              scope: "Namespaced",
            },
          ],
        },
        matchConditions: [
          {
            name: "made-by-the-drill",
            expression: pulumi.interpolate`request.userInfo.username == "system:serviceaccount:${namespace}:${drillAccount}"`,
          },
        ],
        validations: drillClusterRules.map(([expression, message]) => ({ expression, message })),
      },
    },
    { parent },
  );
  new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    `${name}-admission`,
    { metadata, spec: { policyName: policy.metadata.name, validationActions: ["Deny"] } },
    { parent },
  );
}
