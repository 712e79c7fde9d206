// Makes a copy of a stack's state that a pull request may read: node ci/sanitise-state.ts <export.json> <copy.json>
import { readFileSync, writeFileSync } from "node:fs";

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

type Tree = Readonly<Record<string, unknown>>;

/**
 * A stack's export in which every secret is a placeholder, and nothing is left that could decrypt one. What a Kubernetes Secret
 * holds goes too, marked or not, and so do passwords in addresses. Types, names, ids and all other properties stay: they are what a
 * preview compares.
 */
export function sanitised(exported: unknown): Tree {
  const { deployment, ...rest } = treeOf(exported);
  if (deployment === undefined) throw new Error("this is no export of a stack: it has no deployment");
  // Salt or encrypted key of the real stack; the copy is imported under a key of its own.
  const { secrets_providers: _, pending_operations: __, resources, ...facts } = treeOf(deployment);
  const list = Array.isArray(resources) ? resources : [];
  const copy = { ...rest, deployment: { ...facts, resources: list.map(sanitisedResource) } };
  const left = ciphertextIn(copy);
  if (left !== undefined)
    throw new Error(`a ciphertext would stay at ${left}: the state has a form that is not known here`);
  return copy;
}

function sanitisedResource(resource: unknown): unknown {
  const { inputs, outputs, ...rest } = treeOf(resource);
  const type = String(rest["type"] ?? "");
  const clean = (tree: unknown) => (tree === undefined ? {} : { it: replaced(tree, type, []) });
  const [left, right] = [clean(inputs), clean(outputs)];
  const others = treeOf(replaced(rest, type, []));
  return { ...others, ...("it" in left ? { inputs: left.it } : {}), ...("it" in right ? { outputs: right.it } : {}) };
}

function replaced(value: unknown, type: string, path: readonly string[]): unknown {
  if (isSecret(value)) return placeholder(type, path);
  if (isHeld(type, path)) return placeholder(type, path);
  if (typeof value === "string") return withoutPasswords(value);
  if (Array.isArray(value)) return value.map((one, at) => replaced(one, type, [...path, String(at)]));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, type, [...path, key])]));
}

/** All that a Kubernetes Secret holds, and every copy that kubectl keeps of an object. */
function isHeld(type: string, path: readonly string[]): boolean {
  if (path.at(-1) === "kubectl.kubernetes.io/last-applied-configuration") return true;
  return /^kubernetes:core\/v1:Secret$/.test(type) && path.length === 1 && /^(data|stringData)$/.test(path[0] ?? "");
}

/** A secret again, so that a preview treats it as one; where a map is expected, an empty one. */
function placeholder(type: string, path: readonly string[]): Tree {
  const map = type.endsWith(":Secret") && path.length === 1;
  return { [signature]: secretSignature, plaintext: JSON.stringify(map ? {} : "[secret]") };
}

function isSecret(value: unknown): boolean {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const { [signature]: mark, ciphertext } = value as Tree;
  return mark === secretSignature || typeof ciphertext === "string";
}

const withoutPasswords = (text: string) => text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, "$1***@");

function ciphertextIn(value: unknown, path = ""): string | undefined {
  // As passphrase and cloud key managers write them: `v1:<nonce>:<text>`.
  if (typeof value === "string") return /^v\d:[A-Za-z0-9+/=]{8,}:[A-Za-z0-9+/=]{8,}$/.test(value) ? path : undefined;
  if (value === null || typeof value !== "object") return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "ciphertext" || key === "encryptedkey" || key === "salt") return `${path}.${key}`;
    const found = ciphertextIn(inner, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const treeOf = (value: unknown): Tree =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Tree) : {};

if (import.meta.main) {
  const [from, to] = process.argv.slice(2);
  try {
    if (!from || !to) throw new Error("usage: node ci/sanitise-state.ts <export.json> <copy.json>");
    writeFileSync(to, `${JSON.stringify(sanitised(JSON.parse(readFileSync(from, "utf8"))), undefined, 2)}\n`, {
      mode: 0o600,
    });
  } catch (error) {
    console.error(`sanitise-state: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
