import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../testing/certificates.ts";
import { httpUpstream } from "./testing/raw-upstream.ts";
import { startProxy } from "./testing/test-proxy.ts";

describe("an upstream behind TLS", { timeout: 60_000 }, () => {
  let certificates: Certificates;
  let target: string;
  let requests = 0;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    certificates = makeCertificates("localhost");
    const server = createServer(
      { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key) },
      (_request, response) => {
        requests += 1;
        response.end("secret");
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    target = `https://localhost:${(server.address() as AddressInfo).port}`;
    stop = async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      rmSync(certificates.folder, { recursive: true });
    };
  });
  afterAll(() => stop());

  test("is asked when its certificate is of a known authority", async () => {
    const script = fileURLToPath(new URL("testing/proxy-process.ts", import.meta.url));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificates.ca };
    const child = fork(script, [JSON.stringify([{ target }])], { env });
    try {
      const [{ port }] = (await once(child, "message")) as [{ port: number }];
      expect(await (await fetch(`http://127.0.0.1:${port}/shop`)).text()).toBe("secret");
    } finally {
      child.kill("SIGKILL");
    }
  });

  test("hears nothing when it is not", async () => {
    const before = requests;
    await using proxy = await startProxy([{ target }]);
    expect((await fetch(`${proxy.url}/shop`)).status).toBe(502);
    expect(requests).toBe(before);
  });

  test("is not asked in plain text when it speaks no TLS", async () => {
    await using plain = await httpUpstream((_request, response) => response.end("plain"));
    await using proxy = await startProxy([{ target: plain.url.replace("http:", "https:") }]);
    expect((await fetch(`${proxy.url}/shop`)).status).toBe(502);
  });
});
