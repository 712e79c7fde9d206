import { createServer, request, type Server } from "node:http";
import { type Code, codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { ComponentName } from "./components.ts";
import type { PortStatus, PublishedPort } from "./ports.ts";
import type { ComponentStatus } from "./supervised.ts";

export type Phase = "starting" | "running" | "stopping";

/** What the supervisor knows about itself. */
export interface SupervisorStatus {
  readonly phase: Phase;
  readonly pid: number;
  readonly rssBytes: number;
  /** Pid 1 of the cluster, in the host's numbers. */
  readonly worldPid?: number;
  /** ISO time of the newest boot of the cluster's namespaces: what was "ready" before it, is not any more. */
  readonly bootedAt?: string;
  readonly components: Partial<Readonly<Record<ComponentName, ComponentStatus>>>;
  readonly ports: readonly PortStatus[];
}

export interface Handlers {
  status(): Promise<SupervisorStatus>;
  publish(ports: readonly PublishedPort[]): Promise<void>;
  /** @param atOnce without time for containers to end in: their data is about to be deleted */
  stop(atOnce: boolean): void;
}

/** HTTP over a unix socket in a folder that only its owner may enter: three requests, no other authority. */
export function serveControl(socketPath: string, handlers: Handlers): Promise<Server> {
  const server = createServer(async (req, res) => {
    const reply = (status: number, body: unknown) => {
      res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    try {
      const body = JSON.parse((await text(req)) || "null");
      if (req.method === "GET" && req.url === "/status") return reply(200, await handlers.status());
      if (req.method === "PUT" && req.url === "/ports") return reply(200, (await handlers.publish(body)) ?? {});
      if (req.method === "POST" && req.url === "/stop") return reply(202, handlers.stop(body?.atOnce === true) ?? {});
      reply(404, {});
    } catch (error) {
      reply(error instanceof GoliveError ? 409 : 500, problemOf(error));
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => resolve(server));
  });
}

export function problemOf(error: unknown): { code: Code; message: string; hint: string } {
  if (error instanceof GoliveError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: "INTERNAL",
    message: error instanceof Error ? error.message : String(error),
    hint: "Read the supervisor's log.",
  };
}

/** The supervisor's side of a conversation; `undefined` when none listens. */
export async function askStatus(socketPath: string): Promise<SupervisorStatus | undefined> {
  const answer = await call(socketPath, "GET", "/status");
  return answer as SupervisorStatus | undefined;
}

export async function askStop(socketPath: string, atOnce: boolean): Promise<boolean> {
  return (await call(socketPath, "POST", "/stop", { atOnce })) !== undefined;
}

export async function askPublish(socketPath: string, ports: readonly PublishedPort[]): Promise<boolean> {
  return (await call(socketPath, "PUT", "/ports", ports)) !== undefined;
}

/** `undefined`: nobody is there. An answer that is an error is thrown as the error it was. */
function call(socketPath: string, method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, method, path, timeout: 10_000 }, async (res) => {
      try {
        const answer: unknown = JSON.parse((await text(res)) || "{}");
        if ((res.statusCode ?? 500) < 400) return resolve(answer);
        const { code, message, hint } = answer as { code?: string; message?: string; hint?: string };
        reject(
          new GoliveError(
            code && code in codes ? (code as Code) : "INTERNAL",
            message ?? `the supervisor answered ${res.statusCode}`,
            hint ?? "",
          ),
        );
      } catch {
        resolve(undefined); // it ended while it answered
      }
    });
    req.once("timeout", () =>
      req.destroy(
        new GoliveError("CLUSTER_FAILED", "the cluster's supervisor does not answer", "Run the same command again."),
      ),
    );
    req.once("error", (error) => (error instanceof GoliveError ? reject(error) : resolve(undefined)));
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}
