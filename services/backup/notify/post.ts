import { redact } from "@golive/errors/redact.ts";
import { SendError } from "./channel.ts";

/** Of an answer; enough to say why, too little to fill memory. */
const readBytes = 2048;

/** One POST of JSON. @throws SendError for everything but a 2xx. `secrets` are masked should the answer repeat them. */
export async function postJson(
  url: URL,
  body: unknown,
  signal: AbortSignal,
  secrets: readonly string[],
): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      // A redirect would take the secret in the address or body somewhere else.
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw new SendError(`${url.host} cannot be reached: ${reason(error, signal)}`, { again: true, cause: error });
  }
  if (answer.ok) {
    await answer.body?.cancel().catch(() => undefined);
    return;
  }
  const said = await start(answer).catch(() => "");
  const again = answer.status === 429 || answer.status === 408 || answer.status >= 500;
  throw new SendError(`${url.host} answered ${answer.status}${said === "" ? "" : `: ${mask(said, secrets)}`}`, {
    again,
    afterMs: again ? retryAfterMs(answer.headers.get("retry-after")) : undefined,
  });
}

/** In seconds, or as a date (RFC 9110 §10.2.3). */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

export function mask(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret !== "")
    .reduce((left, secret) => left.replaceAll(secret, "***"), text);
  return redact(hidden).replaceAll(/\s+/g, " ").trim().slice(0, 200);
}

async function start(answer: Response): Promise<string> {
  let [text, bytes] = ["", 0];
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    bytes += chunk.length;
    if (bytes > readBytes) break;
  }
  return text.slice(0, readBytes);
}

/** fetch says "fetch failed" and keeps the reason to itself. */
function reason(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "no answer in time";
  const { cause, message } = error as Error;
  const inner = cause as (Error & { code?: string; errors?: Error[] }) | undefined;
  return inner?.message || inner?.errors?.[0]?.message || inner?.code || message;
}
