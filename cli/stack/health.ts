import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Report } from "../core/local-api.ts";
import type { World } from "../core/world.ts";
import type { Endpoint } from "./platform-api.ts";

/** Pods are ready when Pulumi is done; what is left are routes and first answers. */
const limitMs = 120_000;

export interface Answer {
  readonly endpoint: Endpoint;
  /** What is wrong, or undefined. */
  readonly trouble: string | undefined;
}

/** Asks every endpoint once. */
export async function askAll(world: World, endpoints: readonly Endpoint[]): Promise<Answer[]> {
  return await Promise.all(
    endpoints.map(async (endpoint) => ({ endpoint, trouble: await ask(world, endpoint.health) })),
  );
}

async function ask(world: World, url: string): Promise<string | undefined> {
  try {
    const response = await world.fetch(url, { signal: AbortSignal.any([world.signal, AbortSignal.timeout(5000)]) });
    await response.body?.cancel();
    return response.ok ? undefined : `answers ${response.status}`;
  } catch (error) {
    world.signal.throwIfAborted();
    const cause = (error as Error).cause;
    return (cause instanceof Error ? cause.message : (error as Error).message) || "no answer";
  }
}

/** Waits until all of them answer; names those that do not. */
export async function waitHealthy(world: World, endpoints: readonly Endpoint[], report: Report): Promise<string> {
  const until = world.clock.now().getTime() + limitMs;
  for (;;) {
    const sick = (await askAll(world, endpoints)).filter(({ trouble }) => trouble !== undefined);
    if (sick.length === 0) return `${endpoints.length} of ${endpoints.length} answer`;
    const list = sick.map(({ endpoint, trouble }) => `${endpoint.what} at ${endpoint.health} (${trouble})`).join(", ");
    if (world.clock.now().getTime() > until) {
      throw new GoliveError(
        "UNHEALTHY",
        `no good answer within ${limitMs / 1000} s from ${list}`,
        "Run `golive status`, then `golive logs <component>` for the one that is not well.",
      );
    }
    report(`waiting for ${list}`);
    await world.clock.wait(1000);
  }
}
