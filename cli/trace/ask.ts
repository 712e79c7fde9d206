import { redact } from "@golive/errors/redact.ts";
import type { World } from "../core/world.ts";

/** What a source of the story has: what was found, or why there is nothing. */
export type Answer<T> =
  | { readonly found: T }
  /** It was asked and has nothing. */
  | { readonly nothing: string }
  /** It could not be asked. */
  | { readonly silent: string };

export function isFound<T>(answer: Answer<T>): answer is { readonly found: T } {
  return "found" in answer;
}

/** A sentence of why, for an answer without a find. */
export function reasonOf(answer: Answer<unknown>): string | undefined {
  if ("nothing" in answer) return answer.nothing;
  return "silent" in answer ? answer.silent : undefined;
}

/** Longer than any store takes for one trace; people wait for all of them at once. */
const limitMs = 10_000;
/** A trace of ten thousand spans has about this many; what is larger is not read to its end. */
const mostBytes = 64 * 1024 * 1024;

/** An HTTP answer as JSON; `silent` when there is none, or none of a kind that was expected. Throws on Ctrl-C only. */
export async function askJson(
  world: World,
  url: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly expected?: readonly number[] } = {},
): Promise<{ status: number; body: unknown } | { silent: string }> {
  const { headers = {}, expected = [200] } = options;
  const { origin } = new URL(url);
  try {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(limitMs)]);
    const response = await world.fetch(url, { headers, signal, redirect: "error" });
    const text = await readText(response);
    if (!expected.includes(response.status)) return { silent: `${origin} answers ${response.status}` };
    return { status: response.status, body: JSON.parse(text) };
  } catch (error) {
    world.signal.throwIfAborted();
    return { silent: `${origin} does not answer (${whyOf(error)})` };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) throw new Error(`more than ${mostBytes / 1024 ** 2} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function whyOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `within ${limitMs / 1000} s`;
  if (error instanceof SyntaxError) return "with JSON";
  const { cause, message } = error as Error;
  const inner = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message;
  return redact(String(inner)).slice(0, 120);
}
