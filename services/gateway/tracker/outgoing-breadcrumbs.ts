import diagnostics from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";
import { context } from "@opentelemetry/api";
import { isTracingSuppressed } from "@opentelemetry/core";
import { getIsolationScope, type Scope } from "@sentry/node";
import { redactAddress } from "../telemetry/redact-address.ts";
import { currentRequest } from "./request-scope.ts";

/** The part of undici's request that its channels promise. */
interface FetchRequest {
  readonly origin: string | URL;
  readonly path: string;
  readonly method: string;
}

type Add = (scope: Scope, message: string, data: Readonly<Record<string, string | number>>) => void;

/**
 * One breadcrumb for each request to somewhere else, when it is answered or has failed. Node tells of both by channels of its own,
 * where the request of ours that caused it may no longer be the current one: it is noted when the other begins. What belongs to no
 * request of ours, such as an export, leaves none.
 */
export function watchOutgoing(add: Add): void {
  const scopes = new WeakMap<object, Scope>();
  const began = (outgoing: object) => {
    if (currentRequest() && !isTracingSuppressed(context.active())) scopes.set(outgoing, getIsolationScope());
  };
  const ended = (outgoing: object, describe: () => readonly [string, Record<string, string | number>]) => {
    const scope = scopes.get(outgoing);
    if (!scope) return;
    scopes.delete(outgoing);
    add(scope, ...describe());
  };

  listen("http.client.request.created", ({ request }: { request: ClientRequest }) => began(request));
  listen(
    "http.client.response.finish",
    ({ request, response }: { request: ClientRequest; response: IncomingMessage }) =>
      ended(request, () => [target(request), { status_code: response.statusCode ?? 0 }]),
  );
  listen("http.client.request.error", ({ request, error }: { request: ClientRequest; error: unknown }) =>
    ended(request, () => [target(request), { error: codeOf(error) }]),
  );
  listen("undici:request:create", ({ request }: { request: FetchRequest }) => began(request));
  listen(
    "undici:request:headers",
    ({ request, response }: { request: FetchRequest; response: { statusCode: number } }) =>
      ended(request, () => [fetchTarget(request), { status_code: response.statusCode }]),
  );
  listen("undici:request:error", ({ request, error }: { request: FetchRequest; error: unknown }) =>
    ended(request, () => [fetchTarget(request), { error: codeOf(error) }]),
  );
}

/** A listener of a channel that throws would end the process. */
function listen<Message>(channel: string, onMessage: (message: Message) => void): void {
  diagnostics.subscribe(channel, (message) => {
    try {
      onMessage(message as Message);
    } catch {
      // A breadcrumb less.
    }
  });
}

/** Without the query, which is where secrets travel. */
function target(request: ClientRequest): string {
  return `${request.method} ${request.protocol}//${request.host}${withoutQuery(request.path)}`;
}

function fetchTarget({ method, origin, path }: FetchRequest): string {
  return `${method} ${String(origin).replace(/\/$/, "")}${withoutQuery(path)}`;
}

const withoutQuery = (path: string): string => redactAddress((path.split(/[?#]/, 1)[0] ?? "").slice(0, 512));

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
