import { copyFile, readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";

/** Two files of this size a component: enough for a night of errors, little enough to be forgotten on a laptop. */
export const logLimit = 8 << 20;

/** Cuts logs that have grown too long. Writers append to an open file, so it is copied and emptied, not moved away. */
export async function trimLogs(dir: string, limit = logLimit): Promise<void> {
  for (const name of await readdir(dir).catch(() => [] as string[])) {
    const path = join(dir, name);
    if (!name.endsWith(".log")) continue;
    if ((await stat(path)).size <= limit) continue;
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
  }
}

/** The line of a log that is most likely to say why its program ended: the newest that speaks of a failure, else the last. */
export async function tellingLine(path: string): Promise<string> {
  return tellingLineOf(await readFile(path, "utf8").catch(() => ""));
}

export function tellingLineOf(text: string): string {
  const lines = text.trim().split("\n").slice(-200);
  // A Go program that panics prints its reason first and then where it was.
  const reason = lines.findLast((line) =>
    /^panic:|^fatal error:|"level":"(fatal|panic)"|^F\d{4} |^Error: |^error: |\w+Error: /.test(line),
  );
  return (reason ?? lines.at(-1) ?? "").slice(0, 500) || "its log is empty";
}
