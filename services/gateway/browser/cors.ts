import cors, { type CorsOptions } from "cors";
import type { Request, RequestHandler } from "express";
import type { BrowserConfig } from "./config.ts";

/** What a page may send beyond what every form can; the first four join its trace to ours. */
const allowedHeaders = [
  "traceparent",
  "tracestate",
  "baggage",
  "sentry-trace",
  "content-type",
  "authorization",
  "if-match",
  "if-none-match",
  "x-csrf-token",
];

/** What a page may read of an answer's headers. */
const exposedHeaders = [
  "x-trace-id",
  "etag",
  "location",
  "ratelimit",
  "ratelimit-policy",
  "x-ratelimit-mode",
  "retry-after",
];

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** How long a browser remembers a preflight: a page's first request in ten minutes pays for it, and a changed list holds after that. */
const maxAgeSeconds = 600;

/**
 * Stands before authentication, as preflights have no credentials, and before everything that refuses: a page can read a refusal
 * only with these headers. Pages of other origins get none of them, and their browsers keep the answer from them.
 */
export function corsForListed({ origins }: BrowserConfig): RequestHandler {
  return cors<Request>((request, done) => {
    // The package says so only on the answers it has something to add to, and a shared cache needs it on all of them.
    request.res?.vary("origin");
    done(null, optionsFor(request, origins));
  });
}

function optionsFor({ headers }: Request, origins: ReadonlySet<string>): CorsOptions {
  const { origin } = headers;
  if (origin === undefined || !origins.has(origin)) return { origin: false };
  const isPreflight = headers["access-control-request-method"] !== undefined;
  const shared = { origin: [...origins], credentials: true, exposedHeaders, methods, allowedHeaders };
  return { ...shared, maxAge: maxAgeSeconds, preflightContinue: !isPreflight };
}
