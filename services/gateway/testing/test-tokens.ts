import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueToken } from "../auth/issue-token.ts";
import type { Role } from "../auth/principal.ts";

/** Of tests alone: long enough, and worth nothing. */
export const testSecret = "only-for-tests-0123456789-0123456789";

let file: string | undefined;

/** A file with the secret, for AUTH_SECRET_FILE. It goes with the process. */
export function testSecretFile(): string {
  if (file !== undefined) return file;
  const folder = mkdtempSync(join(tmpdir(), "golive-secret-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  file = join(folder, "secret");
  writeFileSync(file, testSecret, { mode: 0o600 });
  return file;
}

/** Value of the header authorization. */
export async function bearer(role: Role, subject = `test-${role}`): Promise<string> {
  return `Bearer ${await issueToken(testSecret, { subject, roles: [role], minutes: 60 })}`;
}

/** So that a test that sends much does not meet a limit; what is about limits sets its own. */
export const noLimits = JSON.stringify(
  Object.fromEntries(["login", "write", "read", "proxy", "expensive"].map((policy) => [policy, { mode: "off" }])),
);
