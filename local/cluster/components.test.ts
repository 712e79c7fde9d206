import { expect, test } from "vitest";
import { type ComponentName, componentNames, components } from "./components.ts";
import { identities } from "./identities.ts";
import { linkFor } from "./network.ts";

const link = linkFor("golive-test");
const plan = components(link);
const flag = (name: ComponentName, key: string) =>
  plan[name].args.find((arg) => arg.startsWith(`--${key}=`))?.slice(key.length + 3);

test("every component waits only for components that can start before it", () => {
  const started = new Set<string>();
  for (let round = 0; round < componentNames.length; round++)
    for (const name of componentNames) if (plan[name].after.every((other) => started.has(other))) started.add(name);
  expect([...started].sort()).toEqual([...componentNames].sort());
});

test("every key and kubeconfig that a flag names is made", () => {
  const made = identities(link);
  const files = componentNames
    .flatMap((name) => plan[name].args)
    .flatMap((arg) => arg.match(/\/run\/cluster\/(?:pki|kubeconfig)\/.+/g) ?? []);
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) {
    const id = /([^/]+)\.(crt|key|pub|yaml)$/.exec(file)?.[1] ?? "";
    if (["ca", "etcd-ca", "sa"].includes(id)) continue;
    expect(made, file).toHaveProperty(id);
    if (file.endsWith(".yaml")) expect(made[id]?.kubeconfig, file).toBe(true);
  }
});

test("the API server is closed to strangers, and the store to everybody but it", () => {
  expect(flag("kube-apiserver", "anonymous-auth")).toBe("false");
  expect(flag("kube-apiserver", "authorization-mode")).toBe("Node,RBAC");
  expect(flag("kube-apiserver", "enable-admission-plugins")).toContain("NodeRestriction");
  expect(flag("kube-apiserver", "bind-address")).toBe(link.nodeIp);
  expect(flag("etcd", "client-cert-auth")).toBe("true");
  expect(flag("etcd", "listen-client-urls")).toBe("https://127.0.0.1:2379");
});

test("each identity belongs to one holder; only the admin is above the rules", () => {
  const all = Object.values(identities(link));
  expect(new Set(all.map((i) => i.leaf.commonName)).size).toBe(all.length);
  expect(all.filter((i) => i.leaf.organization === "system:masters").map((i) => i.leaf.commonName)).toEqual([
    "golive:admin",
  ]);
  expect(all.filter((i) => i.authority === "etcd-ca").map((i) => i.leaf.commonName)).toEqual([
    "etcd",
    "kube-apiserver-etcd-client",
  ]);
});
