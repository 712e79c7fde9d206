import { Agent, get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { bearer } from "@golive/gateway/testing/test-tokens.ts";

const agents = new Map<number, Agent>();
const headers = { authorization: await bearer("viewer") };

function agentOf(port: number): Agent {
  // Idle connections go before the server ends them: an arm waits longer than that for its next turn.
  const known = agents.get(port) ?? new Agent({ keepAlive: true, maxSockets: 64, timeout: 20_000 });
  agents.set(port, known);
  return known;
}

/** One request over a kept connection. Resolves to its latency in milliseconds. @throws when the answer is not 200 */
export function request(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    get({ host: "127.0.0.1", port, path, agent: agentOf(port), headers }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - begun);
        else reject(new Error(`${path} answered ${response.statusCode}`));
      });
    }).once("error", reject);
  });
}

/** So many requests, a few at once, as fast as they are answered. */
export async function block(port: number, path: string, count: number, atOnce: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await request(port, path);
    }),
  );
}

/**
 * Requests at a steady rate, whether or not the ones before were answered: a server that is slow for a moment is not spared its
 * queue. Resolves to their latencies in milliseconds.
 */
export async function steady(port: number, path: string, perSecond: number, seconds: number): Promise<number[]> {
  const count = Math.round(perSecond * seconds);
  const begun = performance.now();
  const answers: Promise<number>[] = [];
  for (let at = 0; at < count; at++) {
    const due = begun + (at * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    answers.push(request(port, path));
  }
  return Promise.all(answers);
}

export function closeConnections(): void {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
}
