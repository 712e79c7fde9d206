import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../../tests/free-port.ts";
import { ensurePythonPackages } from "./python-packages.ts";

/** What the tracker's Secret holds, by the name of its file. */
export type Secrets = Record<"secret-key" | "admin-password" | "api-token" | "backend-key" | "frontend-key", string>;

export const randomSecrets = (): Secrets => ({
  "secret-key": randomBytes(24).toString("base64url"),
  "admin-password": randomBytes(24).toString("base64url"),
  "api-token": randomBytes(20).toString("hex"),
  "backend-key": randomBytes(16).toString("hex"),
  "frontend-key": randomBytes(16).toString("hex"),
});

/** How a run that was to serve ended instead. */
export interface Refusal {
  readonly code: number | null;
  readonly said: string;
}

/** The image's own entry with its own packages, on a free loopback port; its data is in a folder that goes with it. */
export class BugsinkServer {
  readonly account = "admin@golive.local";
  readonly #home = mkdtempSync(join(tmpdir(), "golive-bugsink-"));
  readonly data = join(this.#home, "data");
  #port = 0;
  #child: ChildProcess | undefined;
  #said = "";

  get origin(): string {
    return `http://localhost:${this.#port}`;
  }

  /** Everything it has written so far. */
  get said(): string {
    return this.#said;
  }

  /** Starts it, and waits until it serves. @returns how it ended, when it would not */
  async start(secrets: Partial<Secrets>, changes: Readonly<Record<string, string>> = {}): Promise<Refusal | undefined> {
    const python = ensurePythonPackages();
    this.#port = await freePort();
    const access = join(this.#home, "access");
    rmSync(access, { recursive: true, force: true });
    for (const folder of [access, this.data]) mkdirSync(folder, { recursive: true });
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(access, name), `${value}\n`);
    const env = {
      PATH: "/usr/bin:/bin",
      PORT: String(this.#port),
      BASE_URL: this.origin,
      DATA_DIR: this.data,
      ACCESS_DIR: access,
      ADMIN_EMAIL: this.account,
      RETENTION_EVENTS: "1000",
      // As in the image.
      PYTHONPATH: join(import.meta.dirname, ".."),
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONUNBUFFERED: "1",
      ...changes,
    };
    this.#said = "";
    // Should the test process be killed outright, the kernel ends the server with it.
    const argv = ["--pdeathsig", "TERM", python, join(import.meta.dirname, "../start.py")];
    const child = spawn("setpriv", argv, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => {
        this.#said += text.toString();
      });
    for (const limit = Date.now() + 180_000; ; ) {
      if (child.exitCode !== null) return { code: child.exitCode, said: this.#said };
      if (await answers(`${this.origin}/health/ready`)) return undefined;
      if (Date.now() > limit) throw new Error(`the tracker did not serve within 3 minutes:\n${this.#said}`);
      await delay(100);
    }
  }

  /** SIGTERM, as kubelet sends it. @returns the exit status */
  async stop(): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return null;
    if (child.exitCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    return child.exitCode;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

const answers = (url: string) =>
  fetch(url).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
