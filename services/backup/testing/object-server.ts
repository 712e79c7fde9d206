import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "../../../tests/free-port.ts";

/** A real S3-compatible server on a free loopback port, for tests; gone after `stop()`. */
export interface ObjectServer {
  readonly endpoint: string;
  /** S3_* variables for the backup program. */
  readonly env: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Path of versitygw: the variable, the toolchain's cache, or PATH. */
export async function versitygwPath(): Promise<string | undefined> {
  const fromToolchain = await import("@golive/local/toolchain/index.ts")
    .then(({ toolPath }) => toolPath("versitygw"))
    .catch(() => undefined);
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "versitygw"));
  return [process.env.GOLIVE_VERSITYGW, fromToolchain, ...onPath].find((path) => path && existsSync(path));
}

/** Title of tests that need versitygw where it is not. */
export const objectServerMissing =
  "versitygw (skipped: it is not here; set GOLIVE_VERSITYGW, or let `golive up` build it)";

export async function startObjectServer(program: string, options = { accounts: true }): Promise<ObjectServer> {
  const home = mkdtempSync(join(tmpdir(), "golive-objects-"));
  const [folder, versions, accounts] = [join(home, "objects"), join(home, "versions"), join(home, "accounts")];
  for (const path of [folder, versions, accounts]) mkdirSync(path);
  const port = await freePort();
  const secret = "not-a-real-secret-0123456789";
  const iam = options.accounts ? ["--iam-dir", accounts] : [];
  const args = ["--port", `127.0.0.1:${port}`, "--health", "/healthz", "--quiet", ...iam];
  const child = spawn(program, [...args, "posix", "--versioning-dir", versions, folder], {
    env: { ROOT_ACCESS_KEY_ID: "golive", ROOT_SECRET_ACCESS_KEY: secret },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2000);
  });
  const endAtExit = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", endAtExit);
  const endpoint = `http://127.0.0.1:${port}`;
  const limit = Date.now() + 20_000;
  while (
    !(await fetch(`${endpoint}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > limit) throw new Error(`versitygw did not start: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  writeFileSync(join(home, "id"), "golive");
  writeFileSync(join(home, "secret"), `${secret}\n`, { mode: 0o600 });
  return {
    endpoint,
    secret,
    folder,
    env: {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: "golive-backups",
      S3_ACCESS_KEY_ID_FILE: join(home, "id"),
      S3_SECRET_ACCESS_KEY_FILE: join(home, "secret"),
    },
    async stop() {
      process.off("exit", endAtExit);
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await ended;
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}
