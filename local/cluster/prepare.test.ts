import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layout } from "./layout.ts";
import { linkFor } from "./network.ts";
import { prepareFolder } from "./prepare.ts";

let state: string;
let place: Layout;
const link = linkFor("golive-test");
const now = new Date("2026-11-25T00:00:00Z");
const later = (days: number) => new Date(now.getTime() + days * 24 * 3600 * 1000);
const read = (...path: string[]) => readFileSync(place.file(...path), "utf8");

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "golive-"));
  place = layout("golive-test", { GOLIVE_STATE: state });
});
afterEach(() => rmSync(state, { recursive: true }));

const kept = () => Object.fromEntries(readdirSync(place.file("pki")).map((f) => [f, read("pki", f)]));

test("keys and configuration are for their owner only", async () => {
  await prepareFolder(place, link, now);
  expect(statSync(place.dir).mode & 0o777).toBe(0o700);
  for (const path of [
    "kubeconfig.yaml",
    "pki/ca.key",
    "pki/sa.key",
    "config/encryption.yaml",
    "kubeconfig/kubelet.yaml",
  ])
    expect(statSync(place.file(path)).mode & 0o777, path).toBe(0o600);
});

test("a second start changes nothing", async () => {
  await prepareFolder(place, link, now);
  const [pki, kubeconfig, encryption] = [kept(), read("kubeconfig.yaml"), read("config", "encryption.yaml")];
  await prepareFolder(place, link, later(30));
  expect(kept()).toEqual(pki);
  expect(read("kubeconfig.yaml")).toBe(kubeconfig);
  expect(read("config", "encryption.yaml")).toBe(encryption);
});

test("after years, leaves are new, while tokens and stored Secrets stay readable", async () => {
  await prepareFolder(place, link, now);
  const old = kept();
  await prepareFolder(place, link, later(1200));
  const fresh = kept();
  for (const file of ["ca.key", "sa.key", "sa.pub"]) expect(fresh[file], file).toBe(old[file]);
  for (const file of ["apiserver.crt", "admin.crt", "kubelet.crt", "etcd-server.crt"]) {
    expect(fresh[file], file).not.toBe(old[file]);
    expect(new X509Certificate(fresh[file] ?? "").validToDate.getTime(), file).toBeGreaterThan(later(1600).getTime());
  }
});

test("another address: whoever serves on it gets a new certificate, clients keep theirs", async () => {
  await prepareFolder(place, link, now);
  const old = kept();
  await prepareFolder(place, { ...link, nodeIp: "172.30.9.2" }, now);
  expect(kept()["apiserver.crt"]).not.toBe(old["apiserver.crt"]);
  expect(new X509Certificate(kept()["apiserver.crt"] ?? "").subjectAltName).toContain("172.30.9.2");
  expect(kept()["admin.crt"]).toBe(old["admin.crt"]);
  expect(read("kubeconfig.yaml")).toContain("https://172.30.9.2:6443");
});

test("a file cut short by a power failure is made again", async () => {
  await prepareFolder(place, link, now);
  truncateSync(place.file("pki", "apiserver.crt"), 100);
  truncateSync(place.file("pki", "etcd-client.key"), 0);
  await prepareFolder(place, link, now);
  expect(() => new X509Certificate(read("pki", "apiserver.crt"))).not.toThrow();
  expect(read("pki", "etcd-client.key")).toContain("END PRIVATE KEY");
});
