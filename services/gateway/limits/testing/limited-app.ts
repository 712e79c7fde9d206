import { Registry } from "@prometheus-io/client";
import type { Express, RequestHandler } from "express";
import type { Principal } from "../../auth/principal.ts";
import { type RawAnswer, type ReportedEvent, startTestApp } from "../../auth/testing/test-app.ts";
import { createLogger } from "../../telemetry/log.ts";
import { limitsConfig } from "../config.ts";
import { LimitsMetrics } from "../metrics.ts";
import type { PolicyName } from "../policies.ts";
import { rateLimit } from "../rate-limit.ts";
import { RateLimits } from "../rate-limits.ts";

export interface LimitedAppOptions {
  /** Undefined: no shared store. */
  readonly url?: string | undefined;
  /** As `RATE_LIMITS` has it. */
  readonly changes?: Readonly<Record<string, object>>;
  readonly storeTimeoutMs?: number;
  readonly stack?: string;
}

/** A gateway's limits, apart from everything else of it: each policy guards the path of its name. */
export interface LimitedApp extends AsyncDisposable {
  readonly limits: RateLimits;
  readonly lines: string[];
  readonly reported: ReportedEvent[];
  /** As the client that the one trusted proxy says it is, or as a principal. */
  ask(policy: PolicyName | "both", as?: { from?: string; principal?: string }): Promise<RawAnswer>;
  /** Statuses of requests one after the other, counted. */
  askOften(times: number, policy: PolicyName, as?: { from?: string }): Promise<Record<number, number>>;
  /** The value of a series in the text that a scrape gets. */
  metric(series: string): Promise<number>;
}

export async function startLimitedApp(options: LimitedAppOptions = {}): Promise<LimitedApp> {
  const { url, changes = {}, storeTimeoutMs = 50, stack = "test" } = options;
  const lines: string[] = [];
  const reported: ReportedEvent[] = [];
  const log = createLogger("debug", { write: (line) => void lines.push(line) });
  const registry = new Registry();
  const metrics = new LimitsMetrics(registry);
  const environment = { RATE_LIMITS: JSON.stringify(changes), RATE_LIMIT_STORE_TIMEOUT_MS: storeTimeoutMs };
  const limits = new RateLimits(limitsConfig({ ...environment, VALKEY_URL: url }), { metrics, log, stack });
  const parts = { limits, metrics, events: { report: record(reported) } };
  const app = await startTestApp(log, (express) => mount(express, (policy) => rateLimit(policy, parts)));
  const ask: LimitedApp["ask"] = (policy, { from, principal } = {}) =>
    app.send("GET", `/${policy}`, {
      ...(from !== undefined && { "x-forwarded-for": from }),
      ...(principal !== undefined && { "x-test-principal": principal }),
    });
  return {
    limits,
    lines,
    reported,
    ask,
    async askOften(times, policy, as) {
      const counts: Record<number, number> = {};
      for (let time = 0; time < times; time += 1) {
        const { status } = await ask(policy, as);
        counts[status] = (counts[status] ?? 0) + 1;
      }
      return counts;
    },
    async metric(series) {
      const line = (await registry.metrics()).split("\n").find((text) => text.startsWith(`${series} `));
      if (line === undefined) throw new Error(`no series ${series}`);
      return Number(line.slice(series.length + 1));
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      limits.close();
    },
  };
}

function record(reported: ReportedEvent[]) {
  return (kind: string, key: string, details?: Readonly<Record<string, string>>) =>
    void reported.push({ kind, key, details });
}

function mount(express: Express, limit: (policy: PolicyName) => RequestHandler): void {
  express.set("trust proxy", 1);
  express.use((request, response, next) => {
    const id = request.get("x-test-principal");
    if (id !== undefined) response.locals.principal = { id, roles: ["viewer"] } satisfies Principal;
    next();
  });
  const answer: RequestHandler = (_request, response) => void response.end("served");
  for (const policy of ["login", "read", "write", "expensive"] as const)
    express.get(`/${policy}`, limit(policy), answer);
  express.get("/both", limit("read"), limit("expensive"), answer);
}

/** Asks until it holds, for at most `limitMs`. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, limitMs = 20_000): Promise<void> {
  for (const limit = Date.now() + limitMs; !(await holds()); ) {
    if (Date.now() > limit) throw new Error(`${what} did not come within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
