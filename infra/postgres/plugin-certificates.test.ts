import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { pluginCertificates, type TlsPair } from "./plugin-certificates.ts";

const now = new Date();
const quarter = 90 * 86_400_000;
const pairs = (at = now, secret = "a secret of the stack") => pluginCertificates(secret, "barman-plugin", at);
const leaf = ({ "tls.crt": chain }: TlsPair) => new X509Certificate(chain);
const authority = ({ "tls.crt": chain }: TlsPair) =>
  new X509Certificate(chain.slice(chain.lastIndexOf("-----BEGIN CERTIFICATE-----")));

/** What the operator (client) and the plugin (server) do: each trusts what stands in the file of the other that it has. */
async function handshake(server: TlsPair, client: TlsPair, seen = { server, client }): Promise<string> {
  const listener = createTlsServer({
    cert: server["tls.crt"],
    key: server["tls.key"],
    ca: seen.client["tls.crt"],
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void listener.close());
  return await new Promise((resolve) => {
    listener.on("secureConnection", (socket) => socket.end("hello"));
    listener.on("tlsClientError", (error: Error) => resolve(`refused by the server: ${error.message}`));
    const socket = connect({
      port: (listener.address() as AddressInfo).port,
      host: "127.0.0.1",
      servername: "barman-plugin",
      cert: client["tls.crt"],
      key: client["tls.key"],
      ca: seen.server["tls.crt"],
    });
    socket.on("data", (data) => resolve(String(data)));
    socket.on("error", (error) => resolve(`refused by the client: ${error.message}`));
  });
}

test("the same secret in the same quarter gives the same certificates, so that a second up changes nothing", () => {
  const begin = new Date(Math.floor(now.getTime() / quarter) * quarter);
  expect(pairs(begin)).toEqual(pairs(new Date(begin.getTime() + quarter - 1)));
  expect(pairs()).not.toEqual(pairs(now, "another"));
});

test("the next quarter brings new keys under the same authority, long before the old certificates end", () => {
  const later = new Date(now.getTime() + quarter);
  const [before, after] = [pairs(), pairs(later)];
  for (const kind of ["server", "client"] as const) {
    expect(after[kind]["tls.key"]).not.toBe(before[kind]["tls.key"]);
    expect(leaf(before[kind]).validToDate.getTime()).toBeGreaterThan(later.getTime() + 8 * 365 * 86_400_000);
    expect(authority(after[kind]).raw).toEqual(authority(before[kind]).raw);
  }
});

test("server and client are signed by the authority for their own use", () => {
  const { server, client } = pairs();
  for (const pair of [server, client]) {
    expect(leaf(pair).verify(authority(pair).publicKey)).toBe(true);
    expect(leaf(pair).checkIssued(authority(pair))).toBe(true);
    expect([leaf(pair).ca, authority(pair).ca]).toEqual([false, true]);
  }
  expect(leaf(server).checkHost("barman-plugin")).toBe("barman-plugin");
  expect(leaf(server).checkHost("barman-other")).toBeUndefined();
  expect(leaf(server).keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(leaf(client).keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect(leaf(server).serialNumber).not.toBe(leaf(client).serialNumber);
});

test("openssl finds no fault in them, as strictly as it can look", () => {
  const folder = mkdtempSync(join(tmpdir(), "golive-certificates-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { server, client } = pairs();
  for (const [pair, purpose] of [
    [server, "sslserver"],
    [client, "sslclient"],
  ] as const) {
    writeFileSync(join(folder, "leaf"), leaf(pair).toString());
    writeFileSync(join(folder, "authority"), authority(pair).toString());
    const said = execFileSync("openssl", ["verify", "-purpose", purpose, "-CAfile", "authority", "leaf"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(said).toContain("leaf: OK");
  }
});

test("operator and plugin shake hands", async () => {
  const { server, client } = pairs();
  expect(await handshake(server, client)).toBe("hello");
});

test("while only one end has its new certificate, they still shake hands", async () => {
  const [before, after] = [pairs(new Date(now.getTime() - quarter)), pairs()];
  // The operator sees the Secrets at once, the plugin its files a minute later.
  const plugin = { server: before.server, client: before.client };
  expect(await handshake(plugin.server, after.client, { server: after.server, client: plugin.client })).toBe("hello");
});

// Last: OpenSSL keeps the fault of a refused handshake for the next call of this process.
test("a client of another stack is refused", async () => {
  const { server, client } = pairs();
  const stranger = pairs(now, "another").client;
  expect(await handshake(server, stranger, { server, client })).toMatch(/^refused by the server/);
});
