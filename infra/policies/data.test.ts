import { describe, expect, test } from "vitest";
import { findings } from "./check.ts";
import type { PlannedResource } from "./resource.ts";
import { facts } from "./testing/plans.ts";

describe("what the local stack has none of", () => {
  const found = (...resources: PlannedResource[]) =>
    findings(resources, facts(true)).map(({ policy, message }) => `${policy}: ${message}`);
  const claim = (storage: string, more: object = {}): PlannedResource => ({
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    name: "claim",
    protect: true,
    retain: true,
    inputs: { spec: { resources: { requests: { storage } } } },
    ...more,
  });
  const only = (policy: string, ...resources: PlannedResource[]) =>
    found(...resources).filter((line) => line.startsWith(`${policy}:`));

  test("data of a protected stack is protected and outlives it; of a throwaway one it may go", () => {
    expect(only("dataIsProtected", claim("1Gi"))).toEqual([]);
    expect(only("dataIsProtected", claim("1Gi", { protect: false }))).toEqual([
      "dataIsProtected: holds data and is not protected",
    ]);
    expect(only("dataIsProtected", claim("1Gi", { retain: false }))).toEqual([
      "dataIsProtected: holds data and would be deleted with the stack",
    ]);
    expect(findings([claim("1Gi", { protect: false })], facts(false)).map(({ policy }) => policy)).not.toContain(
      "dataIsProtected",
    );
  });

  test("a volume may grow and not shrink, whatever the units", () => {
    const old = claim("2Gi").inputs;
    expect(only("neverSmaller", claim("2048Mi", { old }))).toEqual([]);
    expect(only("neverSmaller", claim("3G", { old }))).toEqual([]);
    expect(only("neverSmaller", claim("2G", { old }))).toEqual(["neverSmaller: shrinks from 2Gi to 2G"]);
    const cluster = (size: string) => ({ spec: { storage: { size } } });
    const type = "kubernetes:postgresql.cnpg.io/v1:Cluster";
    expect(only("neverSmaller", { type, name: "db", inputs: cluster("1Gi"), old: cluster("2Gi") })).toHaveLength(1);
  });

  test("another major version of Postgres is stopped", () => {
    const catalog = (major: number): PlannedResource["inputs"] => ({ spec: { images: [{ major, image: "x" }] } });
    const type = "kubernetes:postgresql.cnpg.io/v1:ImageCatalog";
    const row = (inputs: PlannedResource["inputs"]) => ({ type, name: "images", inputs, old: catalog(17) });
    expect(only("sameMajor", row(catalog(17)))).toEqual([]);
    expect(only("sameMajor", row(catalog(18)))).toEqual(["sameMajor: goes from PostgreSQL 17 to 18"]);
  });

  test("a storage class encrypts and lets volumes grow", () => {
    const row = (inputs: PlannedResource["inputs"]) => ({
      type: "kubernetes:storage.k8s.io/v1:StorageClass",
      name: "ssd",
      inputs,
    });
    expect(only("storageClass", row({ parameters: { encrypted: "true" }, allowVolumeExpansion: true }))).toEqual([]);
    expect(only("storageClass", row({ parameters: {}, allowVolumeExpansion: true }))).toHaveLength(1);
    expect(only("storageClass", row({ parameters: { encrypted: "true" } }))).toHaveLength(1);
  });

  test("nobody is made the owner of the cluster", () => {
    const row = (name: string) => ({
      type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      name: "who",
      inputs: { roleRef: { kind: "ClusterRole", name } },
    });
    expect(only("noClusterAdmin", row("gateway"))).toEqual([]);
    expect(only("noClusterAdmin", row("cluster-admin"))).toHaveLength(1);
  });

  test("an entry has TLS, whichever kind of entry it is", () => {
    const ingress = (spec: object) => ({
      type: "kubernetes:networking.k8s.io/v1:Ingress",
      name: "in",
      inputs: { spec },
    });
    const gate = (spec: object) => ({
      type: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
      name: "in",
      inputs: { spec },
    });
    expect(only("entryHasTls", ingress({ tls: [{ secretName: "cert" }] }))).toEqual([]);
    expect(only("entryHasTls", ingress({}))).toHaveLength(1);
    expect(only("entryHasTls", gate({ listeners: [{ protocol: "HTTPS", tls: {} }] }))).toEqual([]);
    expect(only("entryHasTls", gate({ listeners: [{ protocol: "HTTP" }] }))).toHaveLength(1);
  });
});
