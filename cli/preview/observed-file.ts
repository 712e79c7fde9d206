import { readFileSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { fromDigest, fromEvents } from "./observe.ts";
import type { Observed } from "./step.ts";

/** What another run left behind: the document of `pulumi preview --json`, or engine events, one JSON object a line. */
export function observedFile(path: string): { readonly observed: Observed; readonly complete: boolean } {
  const text = read(path);
  const whole = parsed(text);
  if (whole !== undefined && !("sequence" in whole)) {
    const observed = fromDigest(whole);
    // A run that failed prints its document without counts.
    return { observed, complete: observed.summary !== undefined };
  }
  const events = text.split("\n").flatMap((line) => parsed(line) ?? []);
  const observed = fromEvents(events);
  if (events.length === 0) throw refused(path, "holds neither a preview's document nor engine events");
  return { observed, complete: observed.summary !== undefined };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw refused(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const refused = (path: string, why: string, cause?: unknown) =>
  new GoliveError("USAGE", `${path} ${why}`, "Write one with `pulumi preview --json`, or run without --from.", {
    cause,
  });
