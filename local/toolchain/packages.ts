import { existsSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { execa } from "execa";
import type { Progress } from "../report.ts";

// Whoever installs a server for its program does not want the distribution's own instance of it: in run level 1 none is started.
const apt = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C", RUNLEVEL: "1" };

/** Packages of these that dpkg does not have installed. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
  const { stdout } = await execa("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...names], {
    reject: false,
  });
  const installed = new Set(
    stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Installs what is missing of these Debian packages. Throws TOOL_MISSING where there is no apt or no right to use it. */
export async function ensurePackages(names: readonly string[], { report, signal }: Progress): Promise<void> {
  if (!existsSync("/usr/bin/apt-get"))
    throw new GoliveError(
      "TOOL_MISSING",
      `no apt-get here to install ${names.join(", ")}`,
      "The embedded cluster needs Debian or Ubuntu; elsewhere set golive:cluster to a kube context of your own.",
    );
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    throw new GoliveError(
      "TOOL_MISSING",
      `packages are missing: ${missing.join(", ")}`,
      `Run as root, or install them: apt-get install ${missing.join(" ")}`,
    );
  report(`installing Debian packages: ${missing.join(" ")}`);
  const run = (args: readonly string[]) =>
    execa("apt-get", [...args, "-o", "DPkg::Lock::Timeout=120"], {
      env: apt,
      cancelSignal: signal,
      forceKillAfterDelay: 20_000,
    });
  try {
    const install = () => run(["install", "-y", "--no-install-recommends", ...missing]);
    // A list of yesterday may name files that the mirror no longer has, so it is fetched first.
    await run(["update"]).catch((cause: unknown) =>
      report(`apt-get update failed, trying with the lists at hand: ${String(cause).split("\n")[0]}`),
    );
    await install();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : String(cause);
    throw new GoliveError(
      "TOOL_MISSING",
      `apt-get could not install ${missing.join(", ")}: ${stderr.trim().split("\n").slice(-3).join(" ")}`,
      `Run apt-get install ${missing.join(" ")} by hand and read what it says.`,
      { cause },
    );
  }
}
