import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { opened, type Seen } from "../testing/mocks.ts";
import { runStack } from "../testing/stacks.ts";
import { operatorProblems } from "./operator.ts";
import { operatorObjects } from "./operator-manifest.ts";
import { postgresProblems } from "./postgres.ts";

const manifest = readFileSync(new URL("../testing/operator.fixture.yaml", import.meta.url), "utf8");
let seen: Seen;
beforeAll(async () => {
  seen = await runStack("local");
});

test("the operator runs our image, gives it to its instances, and never pulls what is present", () => {
  const deployment = operatorObjects(manifest, "ours:1").find(({ kind }) => kind === "Deployment");
  const text = JSON.stringify(deployment);
  expect(text).toContain('"image":"ours:1"');
  expect(text).toContain('{"name":"OPERATOR_IMAGE_NAME","value":"ours:1"}');
  expect(text).toContain('"imagePullPolicy":"IfNotPresent"');
  expect(text).not.toContain("controller:latest");
});

test("its namespace is ours, with the Pod Security labels", () => {
  expect(operatorObjects(manifest, "ours:1").some(({ kind }) => kind === "Namespace")).toBe(false);
  expect(seen.one("Namespace", "cnpg-system").inputs.metadata.labels).toMatchObject({
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "v1.37",
  });
});

test("a manifest that is broken, empty or holds a kind nobody knows is refused", () => {
  expect(() => operatorObjects("a: [", "x")).toThrow("not YAML");
  expect(() => operatorObjects("", "x")).toThrow("0 Deployments");
  expect(() => operatorObjects("kind: Service\nmetadata: {name: a}", "x")).toThrow("0 Deployments");
  const stranger = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } };
  expect(operatorProblems([stranger])).toEqual([
    { propertyPath: "objects", reason: 'Pod "p": no such kind is expected' },
  ]);
});

test("fewer than two instances are refused before anything is made", () => {
  expect(postgresProblems({ instances: 2 })).toEqual([]);
  for (const instances of [1, 0, 1.5]) expect(postgresProblems({ instances })).toHaveLength(1);
});

test("pulumi waits until the cluster is healthy", () => {
  expect(seen.one("Cluster", "postgres").inputs.metadata.annotations).toMatchObject({
    "pulumi.com/waitFor": "jsonpath={.status.phase}=Cluster in healthy state",
  });
});

test("passwords go over TLS only", () => {
  expect(seen.one("Cluster", "postgres").inputs.spec.postgresql.pg_hba[0]).toBe("hostnossl all all all reject");
});

test("each role has the rights of its job and a password of its own", () => {
  const { spec } = seen.one("Cluster", "postgres").inputs;
  const passwords = ["app", "backup", "restore"].map((role) => {
    const { type, stringData } = opened(seen.one("Secret", `postgres-${role}`).inputs) as {
      type: string;
      stringData: { username: string; password: string };
    };
    expect([type, stringData.username]).toEqual(["kubernetes.io/basic-auth", role]);
    return stringData.password;
  });
  expect(new Set(passwords).size).toBe(3);
  expect(spec.managed.roles).toMatchObject([
    { name: "backup", login: true, inRoles: ["pg_read_all_data", "pg_monitor"], bypassrls: true },
    { name: "restore", login: true, inRoles: ["app", "pg_read_all_data", "pg_signal_backend"], createdb: true },
  ]);
  expect(spec.managed.roles.some(({ superuser }: { superuser?: boolean }) => superuser)).toBe(false);
});

test("the cluster runs the image that its catalog names, whatever the tag looks like", () => {
  const { imageCatalogRef } = seen.one("Cluster", "postgres").inputs.spec;
  const catalog = seen.one("ImageCatalog", imageCatalogRef.name).inputs;
  expect(catalog.spec.images).toEqual([
    { major: imageCatalogRef.major, image: "localhost/golive/postgresql:0123456789ab" },
  ]);
});
