import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import type { Ready } from "./components.ts";
import type { Layout } from "./layout.ts";
import { enter, worldPath } from "./namespace.ts";
import type { Link } from "./network.ts";
import { run } from "./run.ts";

/** Asks from outside whether a component serves. Never throws: not ready is an answer. */
export function readiness(ready: Ready, worldPid: number, place: Layout, link: Link): () => Promise<boolean> {
  if ("port" in ready)
    return async () => {
      // The table of pid 1 is the table of its network: no need to go inside to see who listens there.
      const tables = await Promise.all(
        ["tcp", "tcp6"].map((t) => readFile(`/proc/${worldPid}/net/${t}`, "utf8").catch(() => "")),
      );
      return tables.some((table) => listens(table, ready.port));
    };
  if ("chain" in ready)
    return async () => (await run(...enter(worldPid, ["iptables", "--wait", "--list-rules", ready.chain]))).code === 0;
  if ("socket" in ready) return () => answers(worldPath(worldPid, ready.socket));
  return () => apiReady(place, link);
}

/** Whether a table in the form of /proc/net/tcp shows a listener on the port. */
export function listens(table: string, port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").some((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === "0A" && local?.endsWith(`:${wanted}`);
  });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.end());
  });
}

async function apiReady(place: Layout, link: Link): Promise<boolean> {
  const [ca, cert, key] = await Promise.all(
    ["ca.crt", "probe.crt", "probe.key"].map((f) => readFile(place.file("pki", f))),
  );
  return new Promise((resolve) => {
    const get = request(
      { host: link.nodeIp, port: 6443, path: "/readyz", ca, cert, key, timeout: 2000, agent: false } as object,
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    get.once("error", () => resolve(false));
    get.once("timeout", () => get.destroy());
    get.end();
  });
}
