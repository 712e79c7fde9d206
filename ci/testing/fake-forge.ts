import { createServer, type IncomingMessage, type Server } from "node:http";

export interface FakeComment {
  id: number;
  body: string;
  user: { login: string };
}

export interface FakeIssue {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  user: { login: string };
  labels: string[];
  pull_request?: object;
  comments: string[];
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** GitHub and GitLab as far as comments and issues go. It keeps state, pages its lists, and can be told to fail or to be overtaken. */
export class FakeForge {
  readonly token = "t0ken-of-the-test";
  readonly login = "github-actions[bot]";
  readonly pulls: { number: number; head: { sha: string }; state: string }[] = [];
  readonly comments = new Map<number, FakeComment[]>();
  readonly issues: FakeIssue[] = [];
  readonly asked: Asked[] = [];
  /** Answers in store, before the real one: status per `METHOD`. */
  readonly failures: { method: string; status: number }[] = [];
  /** Elements of a page, however many are asked for. */
  pageSize = 100;
  /** Called before a request is answered, to let somebody else come in between. */
  before: (asked: Asked) => void | Promise<void> = () => undefined;
  #server: Server | undefined;
  #last = 100;

  get base(): string {
    const address = this.#server?.address();
    if (!address || typeof address === "string") throw new Error("the forge has not started");
    return `http://127.0.0.1:${address.port}`;
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, body, headers }) => {
          response.writeHead(status, { "content-type": "application/json", ...headers });
          response.end(body === undefined ? "" : JSON.stringify(body));
        },
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  say(pull: number, body: string, login = this.login): FakeComment {
    const comment = { id: this.#next(), body, user: { login } };
    this.comments.set(pull, [...(this.comments.get(pull) ?? []), comment]);
    return comment;
  }

  /** Requests that write. */
  writes(): Asked[] {
    return this.asked.filter(({ method }) => method !== "GET");
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", this.base);
    let body = "";
    for await (const chunk of request) body += chunk;
    const asked = { method: request.method ?? "", path: url.pathname, body };
    this.asked.push(asked);
    await this.before(asked);
    const signed =
      request.headers.authorization === `Bearer ${this.token}` || request.headers["private-token"] === this.token;
    if (!signed) return { status: 401, body: { message: "Bad credentials" } };
    const fails = this.failures.findIndex(({ method }) => method === asked.method);
    if (fails >= 0) {
      const [failure] = this.failures.splice(fails, 1);
      return { status: failure?.status ?? 500, body: { message: "told to" } };
    }
    const given = body === "" ? {} : (JSON.parse(body) as Record<string, unknown>);
    return (
      this.#github(asked, url, given) ??
      this.#gitlab(asked, url, given) ?? { status: 404, body: { message: "Not Found" } }
    );
  }

  #page(url: URL, all: readonly unknown[]): Answer {
    const page = Number(url.searchParams.get("page") ?? 1);
    const size = Math.min(this.pageSize, Number(url.searchParams.get("per_page") ?? 30));
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    const more = page * size < all.length;
    return {
      status: 200,
      body: all.slice((page - 1) * size, page * size),
      headers: more ? { link: `<${this.base}/?page=1>; rel="first", <${next}>; rel="next"` } : {},
    };
  }

  #github({ method, path }: Asked, url: URL, given: Record<string, unknown>): Answer | undefined {
    const root = "/repos/golive/platform";
    if (!path.startsWith(root)) return undefined;
    const rest = path.slice(root.length);
    if (method === "GET" && rest === "/pulls")
      return this.#page(
        url,
        this.pulls.filter(({ state }) => state === (url.searchParams.get("state") ?? "open")),
      );
    const [, pull] = /^\/issues\/(\d+)\/comments$/.exec(rest) ?? [];
    if (pull) return this.#discussion(method, Number(pull), url, given);
    const [, id] = /^\/issues\/comments\/(\d+)$/.exec(rest) ?? [];
    if (id) return this.#comment(method, Number(id), given);
    return this.#issue(method, rest, url, given);
  }

  #discussion(method: string, pull: number, url: URL, given: Record<string, unknown>): Answer {
    const issue = this.issues.find(({ number }) => number === pull);
    if (method === "POST" && issue) {
      issue.comments.push(String(given["body"]));
      return { status: 201, body: { id: this.#next(), body: given["body"], user: { login: this.login } } };
    }
    if (method === "POST") return { status: 201, body: this.say(pull, String(given["body"])) };
    return this.#page(url, this.comments.get(pull) ?? []);
  }

  #comment(method: string, id: number, given: Record<string, unknown>): Answer {
    for (const [pull, all] of this.comments) {
      const found = all.find((one) => one.id === id);
      if (!found) continue;
      if (method === "DELETE") {
        this.comments.set(
          pull,
          all.filter((one) => one !== found),
        );
        return { status: 204 };
      }
      if (method === "PATCH" || method === "PUT") found.body = String(given["body"]);
      return { status: 200, body: found };
    }
    return { status: 404, body: { message: "Not Found" } };
  }

  #issue(method: string, rest: string, url: URL, given: Record<string, unknown>): Answer | undefined {
    if (rest === "/issues" && method === "GET") {
      const label = url.searchParams.get("labels") ?? "";
      return this.#page(
        url,
        this.issues.filter(({ state, labels }) => state === url.searchParams.get("state") && labels.includes(label)),
      );
    }
    if (rest === "/issues" && method === "POST") {
      const { title, body, labels } = given as { title: string; body: string; labels: string[] };
      const issue: FakeIssue = {
        number: this.#next(),
        title,
        body,
        labels,
        state: "open",
        user: { login: this.login },
        comments: [],
      };
      this.issues.push(issue);
      return { status: 201, body: issue };
    }
    const [, number] = /^\/issues\/(\d+)$/.exec(rest) ?? [];
    const found = this.issues.find((one) => one.number === Number(number));
    if (!found || method !== "PATCH") return undefined;
    Object.assign(found, given);
    return { status: 200, body: found };
  }

  #gitlab({ method, path }: Asked, url: URL, given: Record<string, unknown>): Answer | undefined {
    if (path === "/user") return { status: 200, body: { username: this.login } };
    const root = "/projects/7/merge_requests";
    if (!path.startsWith(root)) return undefined;
    if (path === root)
      return this.#page(
        url,
        this.pulls.map(({ number, head }) => ({ iid: number, sha: head.sha })),
      );
    const [, iid, id] = /^\/projects\/7\/merge_requests\/(\d+)\/notes(?:\/(\d+))?$/.exec(path) ?? [];
    const asNote = ({ status, body, headers }: Answer): Answer => ({
      status,
      body: noteOf(body),
      ...(headers ? { headers } : {}),
    });
    if (id) return asNote(this.#comment(method, Number(id), given));
    return iid ? asNote(this.#discussion(method, Number(iid), url, given)) : undefined;
  }
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

function noteOf(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(noteOf);
  const { user, ...rest } = (body ?? {}) as Partial<FakeComment>;
  return user ? { ...rest, author: { username: user.login } } : body;
}
