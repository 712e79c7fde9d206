import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { execaSync } from "execa";
import type { ProgramName } from "./tools.ts";

/** A program of the machine that may stand in for ours: how to ask its version, and which versions fit. */
interface Fit {
  readonly ask: readonly string[];
  /** Lowest version that fits, and the first that does not: [from, before). */
  readonly from: string;
  readonly before: string;
  readonly why: string;
}

/**
 * Only programs that run on the host can come from PATH. What goes into images must be static and exactly ours, and the
 * cluster's servers must be of one build.
 */
export const fits: Partial<Record<ProgramName, Fit>> = {
  kubectl: {
    ask: ["version", "--client"],
    from: "1.36.0",
    before: "1.39.0",
    why: "kubectl may differ from the API server by one minor version",
  },
  pulumi: {
    ask: ["version"],
    from: "3.270.0",
    before: "4.0.0",
    why: "the Automation API of the pinned SDK is 3.270",
  },
  promtool: { ask: ["--version"], from: "3.0.0", before: "4.0.0", why: "rules use Prometheus 3 syntax" },
  amtool: { ask: ["--version"], from: "0.27.0", before: "1.0.0", why: "matchers in UTF-8 mode" },
};

/** The first x.y.z in a program's answer, or undefined. */
export function versionIn(text: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Negative, zero or positive, as a comes before, equals or comes after b. Both are x.y.z. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((v) => v.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** First executable of that name on PATH, or undefined. */
export function findOnPath(program: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter((dir) => dir.startsWith("/"))
    .map((dir) => join(dir, program))
    .find(executable);
}

const found = new Map<ProgramName, string | undefined>();

/** A program on PATH in a version that fits, or undefined. Asked once a process: an answer costs up to a second. */
export function fittingOnPath(program: ProgramName): string | undefined {
  const fit = fits[program];
  if (!fit) return undefined;
  if (found.has(program)) return found.get(program);
  const file = findOnPath(program);
  let answer: string | undefined;
  if (file) {
    const { stdout, stderr, failed } = execaSync(file, fit.ask, { reject: false, timeout: 10_000 });
    const version = failed ? undefined : versionIn(`${stdout}\n${stderr}`);
    if (version && compareVersions(version, fit.from) >= 0 && compareVersions(version, fit.before) < 0) answer = file;
  }
  found.set(program, answer);
  return answer;
}
