import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** What a fake store is asked. */
export interface Asked {
  /** In words: "begin", "part 3", "finish", "give up", "look", "read", "list", "bucket", "put", "remove", … */
  readonly call: string;
  readonly part: number | undefined;
  /** How often this call came, this one included. */
  readonly nth: number;
  readonly key: string;
  /** Id of the access key that signed it. */
  readonly accessKey: string;
  readonly headers: IncomingMessage["headers"];
  readonly query: URLSearchParams;
}

/** What a fake store does with a request instead of serving it: true when it has answered or cut the line itself. */
export type Trick = (asked: Asked, response: ServerResponse) => boolean;

interface FakeObject {
  readonly body: Buffer;
  readonly writer: string | undefined;
  /** Where the bytes themselves were thrown away. */
  readonly bytes?: number;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface FakeUpload {
  readonly key: string;
  readonly writer: string | undefined;
  readonly parts: Map<number, Buffer>;
  thrownAway: number;
}

/** As much of S3 as a store of backups needs, over real HTTP, with a place for tricks. */
export class FakeS3 {
  readonly objects = new Map<string, FakeObject>();
  readonly uploads = new Map<string, FakeUpload>();
  /** Every call in order, as in "part 3". */
  readonly log: string[] = [];
  trick: Trick = () => false;
  /** Keys of one page of a list. */
  page = 1000;
  /** False for a store that forgets what it was sent: the memory of a test then is that of the sender. */
  keepsBodies = true;
  /** How long it takes to answer to a part. */
  partMilliseconds = 0;
  #next = 1;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** How often a call came. */
  count(call: string | RegExp): number {
    return this.log.filter((logged) => (typeof call === "string" ? logged === call : call.test(logged))).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://store");
    const query = url.searchParams;
    const key = decodeURIComponent(url.pathname.split("/").slice(2).join("/"));
    const part = query.has("partNumber") ? Number(query.get("partNumber")) : undefined;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) if (this.keepsBodies) chunks.push(chunk as Buffer);
    } catch {
      return; // The client gave up in the middle.
    }
    const call = nameOf(request.method ?? "", key, query, part);
    this.log.push(call);
    const accessKey = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const asked = { call, part, nth: this.count(call), key, accessKey, headers: request.headers, query };
    if (this.trick(asked, response)) return;
    const { status, headers = {}, body } = this.#answer(asked, Buffer.concat(chunks));
    setTimeout(
      () => {
        response.writeHead(status, headers);
        // To a HEAD, Node sends the headers alone.
        response.end(body);
      },
      part === undefined ? 0 : this.partMilliseconds,
    );
  }

  #answer({ call, part, key, headers, query }: Asked, body: Buffer): Answer {
    const id = query.get("uploadId") ?? "";
    const writer = headers["x-amz-meta-golive-writer"] as string | undefined;
    const isTaken = headers["if-none-match"] === "*" && this.objects.has(key);
    const upload = this.uploads.get(id);
    if (part !== undefined) {
      if (!upload) return { status: 404, body: error("NoSuchUpload") };
      upload.parts.set(part, body);
      if (!this.keepsBodies) upload.thrownAway += Number(headers["content-length"]);
      return { status: 200, headers: { etag: `"e${part}"` } };
    }
    switch (call) {
      case "begin": {
        const named = `<UploadId>u${this.#next}</UploadId>`;
        this.uploads.set(`u${this.#next++}`, { key, writer, parts: new Map(), thrownAway: 0 });
        return { status: 200, body: `<InitiateMultipartUploadResult>${named}</InitiateMultipartUploadResult>` };
      }
      case "finish":
        if (!upload) return { status: 404, body: error("NoSuchUpload") };
        if (isTaken) return { status: 412, body: error("PreconditionFailed") };
        this.finish(id);
        return {
          status: 200,
          body: `<CompleteMultipartUploadResult><Key>${key}</Key></CompleteMultipartUploadResult>`,
        };
      case "give up":
        return this.uploads.delete(id) ? { status: 204 } : { status: 404, body: error("NoSuchUpload") };
      case "put":
        if (isTaken) return { status: 412, body: error("PreconditionFailed") };
        this.objects.set(key, { body, writer });
        return { status: 200 };
      case "remove":
        this.objects.delete(key);
        return { status: 204 };
      case "look":
        return this.#give(key, undefined);
      case "read":
        return this.#give(key, headers.range);
      case "list":
        return { status: 200, body: this.list(query) };
      case "list versions": {
        const versions = [...this.objects.keys()].filter((name) => name.startsWith(query.get("prefix") ?? "")).sort();
        const shown = versions.map((name) => `<Version><Key>${name}</Key><VersionId>null</VersionId></Version>`);
        return { status: 200, body: `<ListVersionsResult>${shown.join("")}</ListVersionsResult>` };
      }
      case "bucket":
        return { status: 200 };
      case "bucket lock":
        return { status: 404, body: error("ObjectLockConfigurationNotFoundError") };
      default:
        return { status: 501, body: error("NotImplemented") };
    }
  }

  /** A whole object, or what is left of it from a byte on. */
  #give(key: string, range: string | undefined): Answer {
    const found = this.objects.get(key);
    if (!found) return { status: 404, body: error("NoSuchKey") };
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const rest = found.body.subarray(from);
    return {
      status: range ? 206 : 200,
      headers: {
        "content-length": String(found.bytes ?? rest.length),
        etag: '"whole"',
        ...(range ? { "content-range": `bytes ${from}-${found.body.length - 1}/${found.body.length}` } : {}),
        ...(found.writer ? { "x-amz-meta-golive-writer": found.writer } : {}),
      },
      body: rest,
    };
  }

  /** A page of a list. `truncated` says what the store says of the end, instead of the truth. */
  list(query: URLSearchParams, truncated?: "absent" | boolean): string {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const rest = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
    const page = rest.slice(0, this.page);
    const isMore = rest.length > page.length;
    const shown = page.map(
      (name) => `<Contents><Key>${name}</Key><Size>${this.objects.get(name)?.body.length}</Size></Contents>`,
    );
    const token =
      isMore && truncated === undefined ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    const end = truncated === "absent" ? "" : `<IsTruncated>${truncated ?? isMore}</IsTruncated>`;
    return `<ListBucketResult>${end}${token}${shown.join("")}</ListBucketResult>`;
  }

  /** Makes the object of an upload, as the end of a commit does. */
  finish(id: string): void {
    const upload = this.uploads.get(id);
    if (!upload) return;
    const numbers = [...upload.parts.keys()].sort((a, b) => a - b);
    const body = Buffer.concat(numbers.map((number) => upload.parts.get(number) as Buffer));
    const thrownAway = upload.thrownAway > 0 ? { bytes: upload.thrownAway } : {};
    this.objects.set(upload.key, { body, writer: upload.writer, ...thrownAway });
    this.uploads.delete(id);
  }
}

function nameOf(method: string, key: string, query: URLSearchParams, part: number | undefined): string {
  if (part !== undefined) return `part ${part}`;
  if (key === "") {
    if (query.has("object-lock")) return "bucket lock";
    if (query.has("versions")) return "list versions";
    return method === "HEAD" ? "bucket" : "list";
  }
  if (query.has("uploads")) return "begin";
  if (query.has("uploadId")) return method === "DELETE" ? "give up" : "finish";
  return { HEAD: "look", GET: "read", PUT: "put", DELETE: "remove" }[method] ?? method;
}

export const error = (code: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

export function xml(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(body);
}
