import { join } from "node:path";
import { execa } from "execa";

const program = process.env.GOLIVE ?? join(import.meta.dirname, "../../golive");
const offset = Number(process.env.GOLIVE_PORT_OFFSET ?? 10_000);

/** The stack and the prefix of its namespaces that the tests have for themselves. */
export const stack = "e2e";
export const prefix = "golive-e2e";

/** Environment of every golive command of the tests: their own stack and ports, whatever the caller's shell says. */
export const testEnvironment = { GOLIVE_STACK: stack, GOLIVE_PORT_OFFSET: String(offset), NO_COLOR: "1" };

/** URL of a published port of the test platform. */
export function url(port: number, path = ""): string {
  return `http://127.0.0.1:${port + offset}${path}`;
}

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs golive as a user would and waits for its end, whatever its exit status. */
export async function golive(
  args: readonly string[],
  options: { env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await start(args, options);
  return { exit: exitCode ?? -1, stdout, stderr };
}

/** Starts golive and leaves it running. */
export function start(
  args: readonly string[],
  { env = {}, timeoutMs = 600_000 }: { env?: Record<string, string>; timeoutMs?: number } = {},
) {
  return execa(program, args, {
    env: { ...testEnvironment, ...env },
    reject: false,
    timeout: timeoutMs,
    stdin: "ignore",
    forceKillAfterDelay: 30_000,
  });
}

/** Runs golive, expects success, and reads its --json. */
export async function goliveJson<T>(args: readonly string[], timeoutMs = 600_000): Promise<T> {
  const ended = await golive([...args, "--json"], { timeoutMs });
  if (ended.exit !== 0)
    throw new Error(`golive ${args.join(" ")} ended with ${ended.exit}\n${ended.stdout}\n${ended.stderr}`);
  return JSON.parse(ended.stdout) as T;
}

const tokens = new Map<string, Promise<string>>();

/** Value of the header authorization, as `golive token` gives it. */
export function bearer(role: "viewer" | "operator" | "admin" = "admin"): Promise<string> {
  const known = tokens.get(role) ?? issue(role);
  tokens.set(role, known);
  return known;
}

async function issue(role: string): Promise<string> {
  const { exit, stdout, stderr } = await golive(["token", stack, "--role", role, "--minutes", "600"]);
  if (exit !== 0) throw new Error(`golive token ended with ${exit}\n${stderr}`);
  return `Bearer ${stdout.trim()}`;
}

/** kubectl against the test cluster; throws with what it said when it fails. */
export async function kubectl(
  args: readonly string[],
  { reject = true, input }: { reject?: boolean; input?: string } = {},
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(program, ["kubectl", ...args], {
    env: testEnvironment,
    reject: false,
    timeout: 120_000,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
  if (reject && exitCode !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return { exit: exitCode ?? -1, stdout, stderr };
}

/** SQL on the current primary as the superuser; rows as psql prints them unaligned. */
export async function sql(text: string, database = "app"): Promise<string> {
  const primary = (
    await kubectl([
      "-n",
      `${prefix}-app`,
      "get",
      "pods",
      "-l",
      "cnpg.io/cluster=postgres,cnpg.io/instanceRole=primary",
      "-o",
      "name",
    ])
  ).stdout.trim();
  const { stdout } = await kubectl([
    "-n",
    `${prefix}-app`,
    "exec",
    primary,
    "-c",
    "postgres",
    "--",
    "psql",
    "-XAtq",
    "-v",
    "ON_ERROR_STOP=1",
    "-d",
    database,
    "-c",
    text,
  ]);
  return stdout.trim();
}

/** A new monitor of the backups, which looks when it starts; the one that runs looks every five minutes. */
export async function lookAtBackupsNow(): Promise<void> {
  await kubectl(["-n", `${prefix}-app`, "delete", "pods", "-l", "app.kubernetes.io/name=backup-monitor"]);
  await kubectl(["-n", `${prefix}-app`, "rollout", "status", "deployment/backup-monitor", "--timeout=100s"]);
}
