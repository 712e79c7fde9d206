import { randomBytes } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoreConfig } from "../config/store.ts";
import { error, FakeS3, xml } from "../testing/fake-s3.ts";
import { bytesOf, keysOf } from "../testing/store-contract.ts";
import { patient } from "../testing/test-world.ts";
import type { PrunableStore } from "./object-store.ts";
import { s3Client } from "./s3-client.ts";
import { s3Store } from "./s3-store.ts";

vi.setConfig({ testTimeout: patient.timeout });

const KiB = 1024;
let fake: FakeS3;
let client: S3Client;
let store: PrunableStore;
let config: StoreConfig;

beforeEach(async () => {
  fake = new FakeS3();
  config = {
    endpoint: await fake.start(),
    bucket: "golive-backups",
    region: "us-east-1",
    keys: { id: "id", secret: "secret" },
    partBytes: 64 * KiB,
    maxParts: 10_000,
  };
  client = s3Client(config);
  store = s3Store(client, config, new AbortController().signal, 0.05);
});
afterEach(async () => {
  client.destroy();
  await fake.stop();
});

const put = (key: string, body: Buffer) => fake.objects.set(key, { body, writer: undefined });

test("the time is the store's own", async () => {
  fake.trick = ({ call }, response) => {
    if (call !== "bucket") return false;
    response.setHeader("date", "Tue, 24 Nov 2026 02:00:13 GMT");
    xml(response, 200, "");
    return true;
  };
  expect(await store.clock()).toEqual(new Date("2026-11-24T02:00:13Z"));
});

test("a put whose answer got lost is a success, for the object is ours", async () => {
  fake.trick = ({ call, key, nth, headers }, response) => {
    if (call !== "put" || nth > 1) return false;
    fake.objects.set(key, { body: Buffer.from("{}"), writer: headers["x-amz-meta-golive-writer"] as string });
    response.destroy();
    return true;
  };
  await store.putNew("a", Buffer.from("{}"));
  expect(fake.count("put")).toBe(1);
});

test.each([
  ["ends in the middle of its answer", () => true],
  ["falls silent in the middle", () => false],
])("a read goes on where it was when the store %s", async (_how, cuts) => {
  const body = randomBytes(500 * KiB);
  put("a", body);
  fake.trick = ({ call, nth, headers }, response) => {
    if (call !== "read" || nth > 3) return false;
    const from = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
    const rest = body.subarray(from);
    response.writeHead(headers.range ? 206 : 200, {
      etag: '"whole"',
      "content-length": rest.length,
      "content-range": `bytes ${from}-${body.length - 1}/${body.length}`,
    });
    response.write(rest.subarray(0, 100 * KiB), () => {
      if (cuts()) response.destroy();
    });
    return true;
  };
  expect((await bytesOf(await store.read("a"))).equals(body)).toBe(true);
  expect(fake.count("read")).toBe(4);
});

test("a read of an object that was replaced meanwhile is a failure, not a mixture", async () => {
  const body = randomBytes(500 * KiB);
  put("a", body);
  fake.trick = ({ call, headers }, response) => {
    if (call !== "read") return false;
    if (headers["if-match"] === '"whole"') {
      xml(response, 412, error("PreconditionFailed"));
      return true;
    }
    response.writeHead(200, { etag: '"whole"', "content-length": body.length });
    response.write(body.subarray(0, KiB), () => response.destroy());
    return true;
  };
  await expect(bytesOf(await store.read("a"))).rejects.toThrow(/412/);
  expect(fake.count("read")).toBe(2);
});

test("a read that never gets to its end fails instead of giving less", async () => {
  put("a", randomBytes(500 * KiB));
  fake.trick = ({ call, nth }, response) => {
    if (call !== "read") return false;
    if (nth > 1) response.destroy();
    else {
      response.writeHead(200, { etag: '"whole"', "content-length": 500 * KiB });
      response.write(Buffer.alloc(KiB), () => response.destroy());
    }
    return true;
  };
  await expect(bytesOf(await store.read("a"))).rejects.toMatchObject({ fault: "unreachable" });
  expect(fake.count("read")).toBeGreaterThan(3);
});

test("fault 7: a read that drips a few bytes a second is given up after its tries, and does not go on for ever", async () => {
  put("a", randomBytes(500 * KiB));
  let drips = 0;
  fake.trick = ({ call, headers }, response) => {
    if (call !== "read") return false;
    const from = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
    response.writeHead(headers.range ? 206 : 200, {
      etag: '"whole"',
      "content-length": 500 * KiB - from,
      "content-range": `bytes ${from}-${500 * KiB - 1}/${500 * KiB}`,
    });
    const timer = setInterval(() => {
      drips++;
      response.write(Buffer.alloc(16));
    }, 20);
    response.once("close", () => clearInterval(timer));
    return true;
  };
  // A minute of silence becomes a second.
  const hasty = s3Store(client, config, new AbortController().signal, 0.02);
  await expect(bytesOf(await hasty.read("a"))).rejects.toMatchObject({
    fault: "unreachable",
    message: expect.stringMatching(/read a: \d+ bytes came in 1\.2 s/),
  });
  expect(drips).toBeGreaterThan(50);
  expect(fake.count("read")).toBeGreaterThanOrEqual(10);
});

test("a reader that has had enough ends the connection", async () => {
  put("a", randomBytes(5000 * KiB));
  const stream = await store.read("a");
  for await (const _chunk of stream) break;
  expect(stream.destroyed).toBe(true);
});

const fill = (count: number): string[] => {
  const keys = Array.from({ length: count }, (_, index) => `p/${String(index).padStart(5, "0")}`);
  for (const key of keys) put(key, Buffer.from("x"));
  return keys;
};

test.each([
  ["tells the truth", undefined],
  ["leaves IsTruncated out", "absent"],
  ["always says that this was all", false],
] as const)("2,500 objects are all listed when the store %s", async (_how, truncated) => {
  const keys = fill(2500);
  fake.trick = ({ call, query }, response) => {
    if (call !== "list") return false;
    xml(response, 200, fake.list(query, truncated));
    return true;
  };
  expect(await keysOf(store, "p/")).toEqual(keys);
  expect(fake.count("list")).toBeGreaterThanOrEqual(3);
});

test("small pages without a word of the end are read to the end", async () => {
  const keys = fill(25);
  fake.page = 10;
  fake.trick = ({ call, query }, response) => {
    if (call !== "list") return false;
    xml(response, 200, fake.list(query, "absent"));
    return true;
  };
  expect(await keysOf(store, "p/")).toEqual(keys);
});

test("a store that gives its first page again and again is a failure, not an endless list", async () => {
  fill(2500);
  fake.trick = ({ call }, response) => {
    if (call !== "list") return false;
    xml(response, 200, fake.list(new URLSearchParams("prefix=p/"), true));
    return true;
  };
  await expect(keysOf(store, "p/")).rejects.toMatchObject({ fault: "failed", message: /same page again/ });
});

test("a list whose second page fails is a failure, not a shorter list", async () => {
  fill(2500);
  fake.trick = ({ call, nth }, response) => {
    if (call !== "list" || nth === 1) return false;
    xml(response, 500, error("InternalError"));
    return true;
  };
  await expect(keysOf(store, "p/")).rejects.toMatchObject({ fault: "failed" });
  expect(fake.count("list")).toBe(5);
});

/** Refuses to remove, and tells of a lock or does not. */
const refusesToRemove = (lock: Record<string, string>) => {
  put("a", Buffer.from("kept"));
  fake.trick = ({ call }, response) => {
    if (call === "remove") xml(response, 403, error("AccessDenied"));
    else if (call === "look") {
      response.writeHead(200, { "content-length": 4, ...lock });
      response.end();
    } else return false;
    return true;
  };
};

test("a removal that a lock refuses in the word of a missing right is known by the lock", async () => {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  refusesToRemove({ "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until });
  expect(await store.remove("a")).toBe("retained");
  expect(fake.count("remove")).toBe(1);
});

test("a removal that a legal hold refuses is known by the hold, which has no end", async () => {
  refusesToRemove({ "x-amz-object-lock-legal-hold": "ON" });
  expect(await store.remove("a")).toBe("retained");
  expect((await store.lockedUntil("a"))?.getUTCFullYear()).toBe(275_760);
});

test.each([
  ["no lock", {}],
  [
    "a lock that is over",
    { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2020-01-01T00:00:00Z" },
  ],
])("a removal that is refused with %s is a missing right", async (_what, lock) => {
  refusesToRemove(lock as Record<string, string>);
  await expect(store.remove("a")).rejects.toMatchObject({ fault: "denied" });
});

test("a removal that breaks off half-way is finished by the next one", async () => {
  const versions = ["v2", "v1"];
  fake.trick = ({ call, query }, response) => {
    if (call === "list versions") {
      const shown = versions.map((id) => `<Version><Key>a</Key><VersionId>${id}</VersionId></Version>`);
      const neighbour = "<Version><Key>a_test</Key><VersionId>v9</VersionId></Version>";
      xml(response, 200, `<ListVersionsResult>${shown.join("")}${neighbour}</ListVersionsResult>`);
    } else if (call === "remove" && fake.count("remove") === 2) xml(response, 400, error("Broken"));
    else if (call === "remove") {
      versions.splice(versions.indexOf(query.get("versionId") ?? ""), 1);
      xml(response, 204, "");
    } else return false;
    return true;
  };
  await expect(store.remove("a")).rejects.toMatchObject({ message: /Broken/ });
  expect(versions).toEqual(["v1"]);
  expect(await store.remove("a")).toBe("removed");
  expect(versions).toEqual([]);
  expect(fake.count("remove")).toBe(3);
});

test("a store that is busy is asked again, and one that is not there is told as such soon", async () => {
  fake.trick = ({ call, nth }, response) => {
    if (call !== "bucket" || nth > 2) return false;
    xml(response, 503, "");
    return true;
  };
  await store.reach();
  expect(fake.count("bucket")).toBe(3);
  await fake.stop();
  await expect(store.reach()).rejects.toMatchObject({ fault: "unreachable" });
  fake = new FakeS3();
  await fake.start();
});
