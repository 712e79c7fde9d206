import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRecoveryConfig } from "./recovery.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "golive-recovery-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const cluster = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name: "postgres-drill", labels: { a: "b" } },
  spec: { instances: 1, bootstrap: { recovery: { source: "archive" } }, externalClusters: [{ name: "archive" }] },
};
function read(content: unknown, more: Record<string, string> = {}) {
  const path = join(folder, "cluster.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return readRecoveryConfig({ BACKUP_RECOVERY_CLUSTER_FILE: path, ...more });
}

test("the Cluster is taken as it is written, with everything that is not looked at", () => {
  expect(read(cluster, { BACKUP_POD_NAME: "p", BACKUP_POD_UID: "u" })).toEqual({
    cluster,
    seconds: 21_600,
    pod: { name: "p", uid: "u" },
  });
  expect(read(cluster)?.pod).toBeUndefined();
  expect(readRecoveryConfig({})).toBeUndefined();
});

test.each([
  ["nonsense", "no JSON"],
  [{ ...cluster, kind: "Pod" }, "kind"],
  [{ ...cluster, metadata: { name: "../x" } }, "metadata.name"],
  [{ ...cluster, spec: { bootstrap: { initdb: {} } } }, "spec.bootstrap.recovery"],
  [{ ...cluster, spec: { ...cluster.spec, plugins: [{ isWALArchiver: true }] } }, "spec.plugins"],
])("%j is refused: %s", (content, words) => {
  expect(() => read(content)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(words) }),
  );
});
