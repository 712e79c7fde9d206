import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { alertRoutes } from "./fake/alert-routes.ts";
import { Refusal, type Reply, refuse } from "./fake/answers.ts";
import type { Seats } from "./fake/monitor-rules.ts";
import { projectRoutes } from "./fake/project-routes.ts";
import { matched, needScope, type TokenRights } from "./fake/route.ts";
import { SentryState } from "./fake/state.ts";
import { isRecord, type Properties, type Value } from "./values.ts";

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Value;
  readonly status: number;
}

export interface FakeOptions {
  readonly organization?: string;
  /** By token. Without it the token `test-token` may do everything. */
  readonly tokens?: Readonly<Record<string, TokenRights>>;
  readonly pageSize?: number;
  readonly seats?: Partial<Seats>;
  /** What stands before `/0/`: self-hosted installations may have more there. @default `/api` */
  readonly prefix?: string;
}

export interface FakeSentry extends AsyncDisposable {
  /** What the provider takes as `baseUrl`. */
  readonly baseUrl: string;
  readonly state: SentryState;
  readonly requests: LoggedRequest[];
  /** Requests that changed something, or would have. */
  writes(): LoggedRequest[];
  /** Answers the next request of this kind with a status, and nothing happens. */
  failNext(method: string, path: RegExp, status: number, headers?: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

/** Every scope that the platform's token is asked to have. */
export const allScopes = [
  "org:read",
  "org:integrations",
  "team:write",
  "project:read",
  "project:write",
  "project:admin",
  "alerts:read",
  "alerts:write",
];

/** Endpoints of the alerts of old → what took their place. */
const removed: readonly (readonly [RegExp, string])[] = [
  [/^projects\/[^/]+\/[^/]+\/rules\//, "/api/0/organizations/{organization_id_or_slug}/workflows/"],
  [
    /^(projects\/[^/]+|organizations)\/[^/]+\/alert-rules\//,
    "/api/0/organizations/{organization_id_or_slug}/detectors/",
  ],
  [/^organizations\/[^/]+\/combined-rules\//, "/api/0/organizations/{organization_id_or_slug}/workflows/"],
];

const routes = [...projectRoutes, ...alertRoutes];

interface Failure {
  readonly method: string;
  readonly path: RegExp;
  readonly reply: Reply;
}

/** A Sentry that remembers what it is told, and refuses what sentry.io refuses. */
export async function startFakeSentry(options: FakeOptions = {}): Promise<FakeSentry> {
  const { organization = "golive", prefix = "/api" } = options;
  const state = new SentryState(organization);
  const requests: LoggedRequest[] = [];
  const failures: Failure[] = [];
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const url = new URL(request.url ?? "/", origin);
    const method = request.method ?? "GET";
    const body = sent === "" ? undefined : (JSON.parse(sent) as Value);
    const reply = answered(() => answer(method, url, body, request.headers.authorization));
    const path = url.pathname + url.search;
    requests.push({ method, path, ...(body === undefined ? {} : { body }), status: reply.status });
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(reply.status === 204 ? undefined : JSON.stringify(reply.body));
  }

  function answer(method: string, url: URL, body: Value | undefined, authorization: string | undefined): Reply {
    if (!url.pathname.startsWith(`${prefix}/0/`)) refuse(404, "The requested resource does not exist");
    const path = url.pathname.slice(prefix.length + 3);
    const failing = failures.findIndex((one) => one.method === method && one.path.test(url.pathname));
    const [failure] = failing < 0 ? [] : failures.splice(failing, 1);
    if (failure) return failure.reply;
    if (path === "internal/health/") return { status: 200, body: { problems: [] } };
    const rights = rightsOf(options.tokens, authorization);
    const gone = removed.find(([pattern]) => pattern.test(path));
    if (gone) {
      const headers = { "x-sentry-replacement-endpoint": gone[1] };
      return { status: 410, body: { message: "This API no longer exists." }, headers };
    }
    for (const one of routes) {
      const params = one.method === method ? matched(one.path, path) : undefined;
      if (!params) continue;
      if (params["org"] !== organization) refuse(404, "The requested resource does not exist");
      needScope(rights, one.scopes);
      const seats = { metric: Number.POSITIVE_INFINITY, uptime: Number.POSITIVE_INFINITY, ...options.seats };
      const asked = { state, rights, seats, pageSize: options.pageSize ?? 100, origin: `${origin}${prefix}/0`, path };
      return one.answer({ ...asked, params, query: url.searchParams, body: recordOf(body) });
    }
    return refuse(404, "The requested resource does not exist");
  }

  const stop = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    baseUrl: `${origin}${prefix}/`,
    state,
    requests,
    writes: () => requests.filter(({ method }) => method !== "GET"),
    failNext(method, path, status, headers = {}) {
      failures.push({ method, path, reply: { status, body: { detail: "Internal Error" }, headers } });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function rightsOf(tokens: FakeOptions["tokens"], authorization: string | undefined): TokenRights {
  const known = tokens ?? { "test-token": { scopes: allScopes } };
  return known[authorization?.replace(/^Bearer /, "") ?? ""] ?? refuse(401, "Invalid token");
}

const recordOf = (body: Value | undefined): Properties => (isRecord(body) ? body : {});

function answered(answer: () => Reply): Reply {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    return { status: 500, body: { detail: error instanceof Error ? error.message : String(error) } };
  }
}
