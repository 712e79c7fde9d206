import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  cniConfig,
  containerdConfig,
  encryptionConfig,
  kubeconfig,
  kubeletConfig,
  kubeProxyConfig,
} from "./config-files.ts";
import { authorities, identities } from "./identities.ts";
import type { Layout } from "./layout.ts";
import type { Link } from "./network.ts";
import { authorityFits, issue, type KeyPair, makeAuthority, makeSigningKey, stillFits } from "./pki.ts";

/**
 * Brings the cluster's folder into the shape its components expect: keys and certificates that fit today's clock and address,
 * kubeconfigs, configuration. Run at every start, under the cluster's lock; what still fits is left alone, so that the
 * user's kubeconfig only changes when it must.
 */
export async function prepareFolder(place: Layout, link: Link, now = new Date()): Promise<void> {
  for (const folder of [
    "",
    "pki",
    "kubeconfig",
    "config/cni",
    "log",
    "etcd",
    "containerd",
    "kubelet",
    "volumes",
    "ns",
  ]) {
    await mkdir(place.file(folder), { recursive: true, mode: 0o700 });
    await chmod(place.file(folder), 0o700);
  }
  // Containers of any user must reach their volume through it; the folder above keeps everybody else out.
  await chmod(place.file("volumes"), 0o711);
  await chmod(place.file("kubelet"), 0o711);
  await chmod(place.file("containerd"), 0o711);

  const signers = Object.fromEntries(
    await Promise.all(authorities.map(async (a) => [a, await authority(place, a, now)])),
  );
  const ca = signers.ca as KeyPair;
  for (const [id, { authority: signer, leaf, kubeconfig: wanted }] of Object.entries(identities(link))) {
    const parent = signers[signer] as KeyPair;
    const old = await readPair(place, id);
    const pair = old && (await stillFits(old, parent, leaf, now)) ? old : await issue(parent, leaf, now);
    if (pair !== old) await writePair(place, id, pair);
    if (wanted) await put(place.file("kubeconfig", `${id}.yaml`), kubeconfig(place.name, id, link, ca.cert, pair));
    if (id === "admin") await put(place.kubeconfig, kubeconfig(place.name, "admin", link, ca.cert, pair));
  }

  if (!(await has(place.file("pki", "sa.key"))) || !(await has(place.file("pki", "sa.pub")))) {
    const { key, pub } = await makeSigningKey();
    await put(place.file("pki", "sa.pub"), pub);
    await put(place.file("pki", "sa.key"), key);
  }
  if (!(await has(place.file("config", "encryption.yaml"))))
    await put(place.file("config", "encryption.yaml"), encryptionConfig(randomBytes(32).toString("base64")));
  await put(place.file("config", "kubelet.yaml"), kubeletConfig(place.name));
  await put(place.file("config", "containerd.toml"), containerdConfig());
  await put(place.file("config", "kube-proxy.yaml"), kubeProxyConfig());
  await put(place.file("config", "cni", "10-golive.conflist"), cniConfig());
  // Pods that ask for the host's resolver get the cluster's: the host's may be on its loopback, which is not theirs.
  await put(place.file("config", "resolv.conf"), "nameserver 10.96.0.10\n");
}

async function authority(place: Layout, id: string, now: Date): Promise<KeyPair> {
  const old = await readPair(place, id);
  if (old && authorityFits(old, now)) return old;
  const pair = await makeAuthority(`${place.name} ${id}`, now, old?.key);
  await writePair(place, id, pair);
  return pair;
}

async function readPair(place: Layout, id: string): Promise<KeyPair | undefined> {
  try {
    const [cert, key] = await Promise.all(
      ["crt", "key"].map((end) => readFile(place.file("pki", `${id}.${end}`), "utf8")),
    );
    return cert && key ? { cert, key } : undefined;
  } catch {
    return undefined;
  }
}

async function writePair(place: Layout, id: string, pair: KeyPair): Promise<void> {
  await put(place.file("pki", `${id}.key`), pair.key);
  await put(place.file("pki", `${id}.crt`), pair.cert);
}

/** Whole or not at all: a start that is killed here must leave no half key. */
async function put(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

async function has(path: string): Promise<boolean> {
  return ((await readFile(path, "utf8").catch(() => "")).length ?? 0) > 0;
}
