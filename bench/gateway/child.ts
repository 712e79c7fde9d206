import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export type Said = { readonly port: number } | { readonly cpuMs: number };

/** One gateway under measurement. */
export interface Arm extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** User and system time of the process since its start. */
  cpuMs(): Promise<number>;
}

const folder = import.meta.dirname;
const gateway = join(folder, "../../services/gateway");

/**
 * Starts one, traced or not, and waits until it listens.
 * @param program what to start, with its arguments; @default the gateway under measurement
 */
export async function startArm(
  name: string,
  traced: boolean,
  env: Readonly<Record<string, string>>,
  [program = join(folder, "server.ts"), ...args]: readonly string[] = [],
): Promise<Arm> {
  const child = fork(program, args, {
    execArgv: traced ? ["--import", join(gateway, "telemetry/register.ts")] : [],
    env: { ...env, PATH: process.env.PATH },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const { port } = (await answer(child)) as { port: number };
  return {
    name,
    port,
    async cpuMs() {
      const told = answer(child);
      child.send("cpu");
      return ((await told) as { cpuMs: number }).cpuMs;
    },
    async [Symbol.asyncDispose]() {
      process.off("exit", killAtExit);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

function answer(child: ChildProcess): Promise<Said> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the gateway under measurement ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (said) => {
      child.off("exit", ended);
      resolve(said as Said);
    });
  });
}
