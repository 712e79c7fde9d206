import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

/** An event as it arrived. */
// biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever JSON arrived
export type ReceivedEvent = Record<string, any>;

/** What the receiver answers; undefined lets the sender wait for ever. */
export type SentryAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;

export interface SentryReceiver {
  readonly dsn: string;
  readonly events: ReceivedEvent[];
  /** Types of every envelope item, such as `event` or `client_report`. */
  readonly itemTypes: string[];
  /** Whole requests as text, headers included, to look for what must never leave. */
  readonly raw: string[];
  /** Requests that asked for anything but the envelope endpoint of the project. */
  readonly otherPaths: string[];
  /** How requests are answered from now on; they are recorded all the same. */
  answer: (requestNumber: number) => SentryAnswer;
  until(found: (events: readonly ReceivedEvent[]) => boolean, what: string): Promise<void>;
  stop(): Promise<void>;
}

/** Takes envelopes as Sentry's ingest would. */
export async function startSentryReceiver(): Promise<SentryReceiver> {
  const events: ReceivedEvent[] = [];
  const itemTypes: string[] = [];
  const raw: string[] = [];
  const otherPaths: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent).toString();
    raw.push(`${request.url}\n${JSON.stringify(request.headers)}\n${body}`);
    if (request.url?.startsWith("/api/1/envelope/")) {
      for (const { type, payload } of items(body)) {
        itemTypes.push(type);
        if (type === "event") events.push(payload);
      }
    } else otherPaths.push(request.url ?? "");
    const answer = receiver.answer(raw.length);
    if (answer) response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address from the kernel");
  const receiver: SentryReceiver = {
    dsn: `http://publickey@127.0.0.1:${address.port}/1`,
    events,
    itemTypes,
    raw,
    otherPaths,
    answer: () => ({ status: 200 }),
    async until(found, what) {
      for (const limit = Date.now() + 60_000; !found(events); ) {
        if (Date.now() > limit) throw new Error(`no ${what} within 60 s; got ${events.length} events`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** An envelope is lines of JSON: its head, then for each item a head and a payload. */
function items(body: string): { readonly type: string; readonly payload: ReceivedEvent }[] {
  const [, ...lines] = body.split("\n").filter((line) => line !== "");
  const found: { type: string; payload: ReceivedEvent }[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    found.push({ type: JSON.parse(lines[at] ?? "{}").type, payload: JSON.parse(lines[at + 1] ?? "{}") });
  }
  return found;
}
