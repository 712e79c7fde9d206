import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KubernetesServer, startKubernetes, statusObject } from "../testing/kubernetes-server.ts";
import { inClusterApi } from "./in-cluster.ts";

let server: KubernetesServer;
beforeAll(async () => {
  server = await startKubernetes((request, body) =>
    request === "GET /forbidden"
      ? statusObject(403, "jobs is forbidden")
      : { status: 200, body: { request, body: body ?? null } },
  );
});
afterAll(() => server.stop());

const api = (change: Record<string, string> = {}, signal = AbortSignal.timeout(20_000)) =>
  inClusterApi({ env: { ...server.env, ...change }, signal, folder: server.folder });

test("it asks as the pod's account, over TLS that the mounted authority vouches for", async () => {
  expect(api().namespace).toBe("app");
  expect(await api().ask("POST", "/x", { a: 1 })).toEqual({ request: "POST /x", body: { a: 1 } });
});

test("a refusal has its status and the API's own words", async () => {
  await expect(api().ask("GET", "/forbidden")).rejects.toMatchObject({ status: 403, message: /jobs is forbidden/ });
});

test("a token that was exchanged while the program ran is used", async () => {
  const used = api();
  writeFileSync(join(server.folder, "token"), "old");
  await expect(used.ask("GET", "/x")).rejects.toMatchObject({ status: 401 });
  writeFileSync(join(server.folder, "token"), "the token");
  await expect(used.ask("GET", "/x")).resolves.toBeDefined();
});

test("what is missing is said", async () => {
  expect(() => inClusterApi({ env: {}, signal: AbortSignal.timeout(1), folder: server.folder })).toThrow(
    "KUBERNETES_SERVICE_HOST",
  );
  await expect(api({ KUBERNETES_SERVICE_PORT: "1" }).ask("GET", "/x")).rejects.toThrow("does not answer");
  // Another authority's server is not asked: the token stays here.
  const other = await startKubernetes(() => ({ status: 200, body: {} }));
  try {
    await expect(api(other.env).ask("GET", "/x")).rejects.toThrow(/certificate/);
    expect(other.asked).toEqual([]);
  } finally {
    await other.stop();
  }
});
