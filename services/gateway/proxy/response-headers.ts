import type { IncomingMessage, ServerResponse } from "node:http";
import { connectionTokens, hopByHop, sessionCookie } from "./request-headers.ts";

/** Where the gateway has said something itself, its word stands: who may read an answer is decided at one place. */
const gatewaysWord =
  /^(?:x-trace-id|access-control-.*|ratelimit(?:-policy)?|x-ratelimit-mode|strict-transport-security)$/;

/** Sent when the status line's text has characters that HTTP does not allow there. */
const unprintable = /[^\t\x20-\x7e\x80-\xff]/;

const nothing = Buffer.alloc(0);

type Answer = Pick<IncomingMessage, "rawHeaders" | "headers">;

/** The headers of an answer as the client gets them: name, value, name, value, in their order and spelling. */
export function responseHeaders(answer: Answer, alreadySet: (name: string) => boolean): string[] {
  const named = connectionTokens(answer.headers.connection);
  const kept: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const [spelled = "", value = ""] = answer.rawHeaders.slice(at, at + 2);
    const name = spelled.toLowerCase();
    if (hopByHop.has(name) || (named.has(name) && name !== "content-length")) continue;
    if (gatewaysWord.test(name) && alreadySet(name)) continue;
    if (name === "set-cookie" && value.split("=")[0]?.trim() === sessionCookie) continue;
    kept.push(spelled, value);
  }
  return kept;
}

/** Sends the head of the answer at once: the first event of a stream may be a minute away. */
export function relayHead(answer: IncomingMessage, response: ServerResponse, extra: readonly string[] = []): void {
  const headers = responseHeaders(answer, (name) => response.hasHeader(name));
  // The gateway's policy is made for JSON; a page behind it has its own, or none.
  response.removeHeader("content-security-policy");
  const varies = response.getHeader("vary");
  if (varies !== undefined) headers.push("vary", String(varies));
  const text = unprintable.test(answer.statusMessage ?? "") ? "" : (answer.statusMessage ?? "");
  response.writeHead(answer.statusCode ?? 502, text, [...headers, ...extra]);
  // Not `flushHeaders`, which would write names and values as UTF-8 and so make two bytes of an é.
  response.write(nothing);
}
