import type { Firing, Status } from "../../server/status.ts";

/** Older than this, an answer says nothing about now. */
const freshForMs = 15 * 60_000;

export type Seen = Status | "unknown";

/** What the answer of `/status.json` is worth at this moment. */
export function readStatus(body: unknown, now: number): Seen {
  if (typeof body !== "object" || body === null || !("at" in body) || typeof body.at !== "string") return "unknown";
  const age = now - Date.parse(body.at);
  return Number.isFinite(age) && age <= freshForMs && age > -freshForMs ? (body as Status) : "unknown";
}

export async function askStatus(signal: AbortSignal, ask: typeof fetch = fetch, now = Date.now): Promise<Seen> {
  try {
    const answer = await ask("/status.json", { signal, cache: "no-store" });
    return answer.ok ? readStatus(await answer.json(), now()) : "unknown";
  } catch {
    return "unknown";
  }
}

/** In words, as the reader counts: "3 hours ago". */
export function ago(at: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  const [unit, size] =
    seconds < 3600
      ? (["minute", 60] as const)
      : seconds < 172_800
        ? (["hour", 3600] as const)
        : (["day", 86_400] as const);
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(-Math.floor(seconds / size), unit);
}

export const worst = (firing: readonly Firing[]): "page" | "ticket" | "none" =>
  firing.some(({ severity }) => severity === "page") ? "page" : firing.length > 0 ? "ticket" : "none";
