import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { securityHeaders } from "../server/headers.ts";
import { type Access, siteServer } from "../server/server.ts";
import { readSite } from "../server/site-files.ts";
import { siteFolder } from "../site.ts";

const log: Access[] = [];
let folder = "";
let port = 0;
let stop = () => {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "site-"));
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, "build", path, ".."), { recursive: true });
    writeFileSync(join(folder, "build", path), text);
  };
  write("index.html", "<h1>home</h1>");
  write("404.html", "<h1>no such page</h1>");
  write("backup/index.html", "<h1>backup</h1>");
  write("a b/index.html", "<h1>space</h1>");
  write("sw.js", "// worker");
  write("assets/js/main.0a1b2c3d.js", "go();\n".repeat(1000));
  write("search-index-0a1b2c3d.json", "[]");
  write("icon.svg", "<svg/>");
  writeFileSync(join(folder, "secret.txt"), "secret");
  await run("server/compress.ts", join(folder, "build"));
  const server = siteServer({
    site: readSite(join(folder, "build")),
    status: async () => undefined,
    hsts: true,
    log: (access) => log.push(access),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  stop = () => {
    server.close();
    server.closeAllConnections();
  };
});
afterAll(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Not `fetch`: it would tidy up the address first. */
async function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Got> {
  const asked = request({ host: "127.0.0.1", port, path, headers, method, agent: false });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(await answer.toArray()) };
}

describe("the site's server", () => {
  it("serves a folder's page at the folder's address", async () => {
    const { status, headers, body } = await get("/backup/?env=production");
    expect([status, headers["content-type"], `${body}`]).toEqual([200, "text/html; charset=utf-8", "<h1>backup</h1>"]);
    expect((await get("/a%20b/")).status).toBe(200);
  });

  it.each([
    ["/backup", "/backup/"],
    ["/backup?env=production", "/backup/?env=production"],
    ["/backup/index.html", "/backup/"],
    ["/index.html", "/"],
    ["/a%20b", "/a%20b/"],
  ])("leads %s to %s", async (from, to) => {
    const { status, headers } = await get(from);
    expect([status, headers.location]).toEqual([301, to]);
  });

  it.each([
    "//evil.example",
    "//evil.example/backup",
    "/\\evil.example",
    "//evil.example/%2e%2e/backup",
    "/%2F%2Fevil.example",
    "//",
  ])("leads nobody away with %s", async (path) => {
    const { status, headers } = await get(path);
    expect(headers.location).toBeUndefined();
    expect(status).toBe(404);
  });

  it.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "/..\\secret.txt",
    "/secret.txt%00.html",
    "/__proto__",
  ])("has nothing outside of its folder: %s", async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(`${body}`).toContain("no such page");
  });

  it("refuses an address that is not well formed, and other methods", async () => {
    expect((await get("/%zz")).status).toBe(400);
    const { status, headers } = await get("/", {}, "POST");
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const [head, whole] = [await get("/", {}, "HEAD"), await get("/")];
    expect(head.body).toHaveLength(0);
    expect(head.headers["content-length"]).toBe(whole.headers["content-length"]);
  });

  it.each(["/", "/nowhere", "/backup", "/%zz", "/healthz", "/status.json", "/assets/js/main.0a1b2c3d.js"])(
    "sends every header that protects the reader with %s",
    async (path) => {
      const { headers } = await get(path);
      for (const [name, value] of Object.entries(securityHeaders))
        expect(headers[name.toLowerCase()], name).toBe(value);
      expect(headers["strict-transport-security"]).toMatch(/^max-age=63072000/);
    },
  );

  it("lets only what has a hash in its name be kept", async () => {
    const cache = async (path: string) => (await get(path)).headers["cache-control"];
    expect(await cache("/assets/js/main.0a1b2c3d.js")).toContain("immutable");
    expect(await cache("/search-index-0a1b2c3d.json")).toContain("immutable");
    expect(await cache("/icon.svg")).toBe("public, max-age=86400");
    for (const path of ["/", "/backup/", "/sw.js", "/nowhere"]) expect(await cache(path)).toBe("no-cache");
  });

  it("sends the smallest copy that the browser takes, each with a tag of its own", async () => {
    const path = "/assets/js/main.0a1b2c3d.js";
    const plain = await get(path);
    const gzip = await get(path, { "accept-encoding": "gzip" });
    const brotli = await get(path, { "accept-encoding": "gzip, deflate, br" });
    expect([plain, gzip, brotli].map(({ headers }) => headers["content-encoding"])).toEqual([undefined, "gzip", "br"]);
    expect(`${gunzipSync(gzip.body)}`).toBe(`${plain.body}`);
    expect(`${brotliDecompressSync(brotli.body)}`).toBe(`${plain.body}`);
    expect(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size).toBe(3);
    expect(brotli.headers.vary).toBe("Accept-Encoding");
    expect((await get(path, { "accept-encoding": "br;q=0, gzip;q=0.5" })).headers["content-encoding"]).toBe("gzip");
    expect((await get(`${path}.br`)).status).toBe(404);
  });

  it("says that nothing has changed", async () => {
    const { headers } = await get("/");
    const again = await get("/", { "if-none-match": `W/"x", ${headers.etag}` });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it("logs what was served, and nothing about who asked", async () => {
    log.length = 0;
    await get("/backup/?token=private", { "user-agent": "browser", "x-forwarded-for": "192.0.2.1" });
    await get("/someone@example.com");
    await get("/healthz");
    await expect
      .poll(() => log.map(({ path, status }) => [path, status]))
      .toEqual([
        ["/backup/", 200],
        [null, 404],
      ]);
    expect(JSON.stringify(log)).not.toMatch(/private|192\.0\.2\.1|"browser"|someone/);
  });

  it("is well, and its status unknown, without Prometheus", async () => {
    expect([(await get("/healthz")).status, `${(await get("/healthz")).body}`]).toEqual([200, '{"status":"ok"}\n']);
    const { status, body, headers } = await get("/status.json");
    expect([status, `${body}`, headers["cache-control"]]).toEqual([503, '{"status":"unknown"}\n', "no-store"]);
  });
});

describe("the program", () => {
  it("listens where it is told, and ends on SIGTERM", async () => {
    const env = { ...process.env, PORT: "0", SITE: join(folder, "build"), PROMETHEUS_URL: "" };
    const program = spawn(process.execPath, [join(siteFolder, "server/main.ts")], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
    const listening = JSON.parse(String((await lines.next()).value));
    expect((await fetch(`http://127.0.0.1:${listening.port}/backup/`)).status).toBe(200);
    expect(JSON.parse(String((await lines.next()).value))).toMatchObject({
      method: "GET",
      path: "/backup/",
      status: 200,
    });
    const ended = once(program, "exit");
    program.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });

  it("names the setting that is wrong", async () => {
    const program = spawn(process.execPath, [join(siteFolder, "server/main.ts")], {
      env: { ...process.env, PORT: "http" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(program, "exit");
    expect(`${Buffer.concat(await program.stderr.toArray())}`).toBe('PORT: a port is expected, not "http"\n');
    expect(await ended).toEqual([1, null]);
  });
});

async function run(program: string, argument: string): Promise<void> {
  const child = spawn(process.execPath, [join(siteFolder, program), argument], { stdio: "inherit" });
  expect(await once(child, "exit")).toEqual([0, null]);
}
