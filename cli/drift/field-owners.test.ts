import { expect, test } from "vitest";
import { fieldAt, foreignFields, type LiveObject, type ManagedFields, nowhere } from "./field-owners.ts";

const time = "2026-11-28T12:00:00Z";
const isOurs = (manager: string) => manager === "golive";

function live(body: object, entries: readonly ManagedFields[], kind = "Deployment"): LiveObject {
  return { apiVersion: "apps/v1", kind, ...body, metadata: { name: "it", ...meta(body), managedFields: entries } };
}
const meta = (body: object) => (body as { metadata?: object }).metadata ?? {};
const by = (manager: string, fieldsV1: object, more: object = {}): ManagedFields =>
  ({ manager, time, fieldsV1, ...more }) as ManagedFields;

/** Places of what was found, short. */
const seen = (object: LiveObject, wanted: unknown) => {
  const { additions, edits } = foreignFields(object, wanted, isOurs);
  return { additions: additions.map(({ at }) => at.join(".")), edits: edits.map(({ at }) => at.join(".")) };
};

test("a key that somebody put into a map is an addition; who did it and when is told", () => {
  const object = live({ data: { ours: "1", theirs: "2" } }, [
    by("golive", { "f:data": { "f:ours": {} } }),
    by("kubectl-edit", { "f:data": { "f:theirs": {} } }),
  ]);
  const { additions, edits } = foreignFields(object, { data: { ours: "1" } }, isOurs);
  expect(edits).toEqual([]);
  expect(additions).toEqual([
    {
      keys: ["f:data", "f:theirs"],
      at: ["data", "theirs"],
      beside: ["data", "theirs"],
      value: "2",
      by: { manager: "kubectl-edit", time },
    },
  ]);
});

test("a whole that was added is one addition, not one for each of its parts", () => {
  const env = [
    { name: "A", value: "1" },
    { name: "B", value: "2" },
  ];
  const item = { ".": {}, "f:name": {}, "f:value": {} };
  const object = live({ spec: { env } }, [
    by("golive", { "f:spec": { "f:env": { 'k:{"name":"B"}': item } } }),
    by("kubectl-set", { "f:spec": { "f:env": { 'k:{"name":"A"}': item } } }),
  ]);
  const { additions } = foreignFields(object, { spec: { env: [{ name: "B", value: "2" }] } }, isOurs);
  expect(additions.map(({ at, beside, value }) => ({ at, beside, value }))).toEqual([
    { at: ["spec", "env", 0], beside: ["spec", "env", nowhere], value: env[0] },
  ]);
});

test("a field inside an element of ours stands at two places: there, and in what the program says", () => {
  const [sidecar, ours] = [{ name: "sidecar" }, { name: "gateway", tty: true }];
  const object = live({ spec: { containers: [sidecar, ours] } }, [
    by("golive", { "f:spec": { "f:containers": { 'k:{"name":"gateway"}': { ".": {}, "f:name": {} } } } }),
    by("kubectl-patch", { "f:spec": { "f:containers": { 'k:{"name":"gateway"}': { "f:tty": {} } } } }),
  ]);
  const { additions } = foreignFields(object, { spec: { containers: [{ name: "gateway" }] } }, isOurs);
  expect(additions.map(({ at, beside }) => [at.join("."), beside.join(".")])).toEqual([
    ["spec.containers.1.tty", "spec.containers.0.tty"],
  ]);
});

test("a list that is set as one, and a value, are edits once they belong to somebody else", () => {
  const object = live({ spec: { egress: [{}, { to: [] }], replicas: 3 } }, [
    by("golive", { "f:spec": { "f:podSelector": {} } }),
    by("kubectl-patch", { "f:spec": { "f:egress": {} } }),
    by("kubectl", { "f:spec": { "f:replicas": {} } }, { subresource: "scale" }),
  ]);
  expect(seen(object, { spec: { egress: [{}], replicas: 2 } })).toEqual({
    additions: [],
    edits: ["spec.egress", "spec.replicas"],
  });
});

test("what both have set alike is nobody's alone", () => {
  const fields = { "f:spec": { "f:replicas": {} } };
  const object = live({ spec: { replicas: 2 } }, [by("golive", fields), by("argocd", fields)]);
  expect(seen(object, { spec: { replicas: 2 } })).toEqual({ additions: [], edits: [] });
});

test("an element is found by its key also where the program leaves a part of the key to the default", () => {
  const object = live({ spec: { ports: [{ port: 80, protocol: "TCP", name: "web" }] } }, [
    by("someone", { "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {} } } } }),
  ]);
  expect(seen(object, { spec: { ports: [{ port: 80 }] } })).toEqual({ additions: ["spec.ports.0.name"], edits: [] });
});

test("members of a set, and elements by index", () => {
  const object = live({ spec: { names: ["a", "b"], list: ["x", "y"] } }, [
    by("someone", { "f:spec": { "f:names": { 'v:"b"': {} }, "f:list": { "i:1": {} } } }),
  ]);
  expect(seen(object, { spec: { names: ["a"], list: ["x"] } }).additions).toEqual(["spec.names.1", "spec.list.1"]);
});

test("of the metadata labels and annotations count, of the rest nothing", () => {
  const fields = {
    "f:metadata": {
      "f:labels": { "f:owner": {} },
      "f:annotations": { "f:eks.amazonaws.com/role-arn": {}, "f:deployment.kubernetes.io/revision": {} },
      "f:finalizers": { ".": {}, 'v:"keep"': {} },
      "f:ownerReferences": {},
    },
    "f:status": { "f:phase": {} },
  };
  const annotations = { "eks.amazonaws.com/role-arn": "arn", "deployment.kubernetes.io/revision": "3" };
  const metadata = { labels: { owner: "me" }, annotations, finalizers: ["keep"], ownerReferences: [] };
  const object = live({ metadata, status: { phase: "Ready" } }, [by("someone", fields)]);
  for (const more of [{}, { annotations: { a: "b" } }])
    expect(seen(object, { metadata: { labels: { ours: "1" }, ...more } }).additions).toEqual([
      "metadata.labels.owner",
      "metadata.annotations.eks.amazonaws.com/role-arn",
    ]);
});

test.each([
  [
    "the volume of a claim",
    "PersistentVolumeClaim",
    { spec: { volumeName: "pv" } },
    { "f:spec": { "f:volumeName": {} } },
  ],
  [
    "who may ask a webhook",
    "MutatingWebhookConfiguration",
    { webhooks: [{ name: "a", clientConfig: { caBundle: "x", service: {} } }] },
    { "f:webhooks": { 'k:{"name":"a"}': { "f:clientConfig": { "f:caBundle": {} } } } },
  ],
  [
    "the moment of a restart",
    "Deployment",
    { spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": time } } } } },
    {
      "f:spec": { "f:template": { "f:metadata": { "f:annotations": { "f:kubectl.kubernetes.io/restartedAt": {} } } } },
    },
  ],
])("%s is filled in by the system", (_what, kind, body, fields) => {
  const wanted = {
    spec: { template: { spec: {} } },
    webhooks: [{ name: "a", clientConfig: { service: {} } }],
  };
  expect(seen(live(body, [by("anything", fields)], kind), wanted)).toEqual({ additions: [], edits: [] });
});

test("notes about what is gone, and what is written beside the object, are passed over", () => {
  const object = live({ data: {} }, [
    by("someone", { "f:data": { ".": {}, "f:gone": {} }, "f:list": { 'k:{"name":"x"}': {} } }),
    by("controller", { "f:data": { "f:here": {} } }, { subresource: "status" }),
  ]);
  expect(seen(object, { data: {} })).toEqual({ additions: [], edits: [] });
});

test("a place is found again in another version of the object, wherever the element stands there", () => {
  const keys = ["f:spec", "f:env", 'k:{"name":"B"}', "f:value"];
  expect(fieldAt({ spec: { env: [{ name: "A" }, { name: "B", value: "2" }] } }, keys)).toBe("2");
  expect(fieldAt({ spec: { env: [{ name: "A" }] } }, keys)).toBeUndefined();
});
