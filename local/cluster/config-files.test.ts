import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  cniConfig,
  containerdConfig,
  encryptionConfig,
  kubeconfig,
  kubeletConfig,
  kubeProxyConfig,
} from "./config-files.ts";
import { linkFor } from "./network.ts";

test("two clusters use two cgroup trees", () => {
  expect(parse(kubeletConfig("golive")).cgroupRoot).toBe("/golive");
  expect(parse(kubeletConfig("golive-test")).cgroupRoot).toBe("/golive-test");
});

test("kubelet answers nobody unasked, never deletes an image and leaves the host's kernel settings alone", () => {
  const config = parse(kubeletConfig("golive"));
  expect(config.authentication.anonymous.enabled).toBe(false);
  expect(config.authorization.mode).toBe("Webhook");
  expect(config.imageGCHighThresholdPercent).toBe(100);
  expect(config.protectKernelDefaults).toBe(true);
});

test("Secrets are encrypted first; reading in clear is only the fall-back", () => {
  const [{ resources, providers }] = parse(encryptionConfig("a2V5")).resources;
  expect(resources).toEqual(["secrets"]);
  expect(Object.keys(providers[0])).toEqual(["secretbox"]);
  expect(providers[0].secretbox.keys).toEqual([{ name: "key1", secret: "a2V5" }]);
});

test("kube-proxy's mode is named", () => {
  expect(parse(kubeProxyConfig()).mode).toBe("iptables");
});

test("containerd keeps to folders of the cluster and to a local pause image", () => {
  const toml = containerdConfig();
  expect(toml).toContain('root = "/run/cluster/containerd"');
  expect(toml).toMatch(/sandbox_image = "localhost\//);
  expect(toml).toContain("restrict_oom_score_adj = true");
  expect(JSON.parse(cniConfig()).plugins[0].ipam.dataDir).toBe("/run/cni");
});

test("a kubeconfig carries its keys and has the cluster's name as context", () => {
  const config = parse(kubeconfig("golive-test", "admin", linkFor("golive-test"), "CA", { cert: "CERT", key: "KEY" }));
  expect(config["current-context"]).toBe("golive-test");
  expect(config.clusters[0].cluster.server).toBe("https://172.30.1.2:6443");
  expect(Buffer.from(config.users[0].user["client-key-data"], "base64").toString()).toBe("KEY");
});
