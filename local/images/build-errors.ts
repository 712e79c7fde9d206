import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { imagePackages } from "./packages.ts";

/** What a program left behind. */
export interface Outcome {
  readonly program: string;
  readonly exitCode: number | undefined;
  /** Node's code when the program could not even start. */
  readonly errorCode?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The disk that builds write to. */
export interface Disk {
  readonly place: string;
  readonly freeMb: number;
  readonly neededMb: number;
}

/** Lines of a failed build that people see; the fault stands in the last few. */
const shownLines = 12;
// The last one is how apt says it before it begins.
const isFull = /no space left on device|ENOSPC|EDQUOT|disk quota exceeded|enough free space/i;

/**
 * Less than this free after a failure is the reason of the failure: buildah's copying side often only says "closed pipe"
 * when the writing side ran out of space. Above it is what a failed step gives back.
 */
const fullMb = 24;

/** What a failed build program means: no program, a full disk, or a fault of the build itself. */
export function buildFailed(image: string, outcome: Outcome, disk: Disk): GoliveError {
  const { program, exitCode, errorCode, stdout, stderr } = outcome;
  const said = stderr.trim() === "" ? stdout : stderr;
  // unshare ends with 127 when it cannot find the program it is to start.
  const notFound = exitCode === 127 && said.includes(`failed to execute ${program}`);
  if (errorCode === "ENOENT" || notFound) return toolMissing(program);
  if (isFull.test(said) || disk.freeMb < fullMb) return diskFull(disk);
  const lines = redact(said)
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "");
  return new GoliveError(
    "IMAGE_BUILD_FAILED",
    [
      `image ${image} did not build: ${program} ended with status ${exitCode ?? "none"}`,
      ...lines.slice(-shownLines),
    ].join("\n"),
    "Mend what the last lines name, then run the same command again; finished images are kept.",
  );
}

export function diskFull({ place, freeMb, neededMb }: Disk, cause?: unknown): GoliveError {
  return new GoliveError(
    "DISK_FULL",
    `${freeMb} MB free at ${place}, the images to build need ${neededMb} MB`,
    "Free some space or point XDG_CACHE_HOME at a larger disk, then run the same command again.",
    { cause },
  );
}

export function toolMissing(program: string): GoliveError {
  return new GoliveError(
    "TOOL_MISSING",
    `${program} is not installed`,
    `Run \`apt-get install ${imagePackages.join(" ")}\`, then the same command again.`,
  );
}

/** A fault of golive's own file work during a build; anything but a full disk passes as it is. */
export function fileFault(cause: unknown, disk: () => Disk): unknown {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return isFull.test(code) ? diskFull(disk(), cause) : cause;
}
