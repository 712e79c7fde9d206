import { randomBytes } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoreConfig } from "../config/store.ts";
import { error, FakeS3, type Trick, xml } from "../testing/fake-s3.ts";
import { patient } from "../testing/test-world.ts";
import { waitMilliseconds } from "./s3-calls.ts";
import { s3Client } from "./s3-client.ts";
import { openUpload } from "./s3-upload.ts";

vi.setConfig({ testTimeout: patient.timeout });

const KiB = 1024;
const bucket = "golive-backups";
let fake: FakeS3;
let endpoint: string;
let clients: S3Client[] = [];

beforeEach(async () => {
  fake = new FakeS3();
  endpoint = await fake.start();
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await fake.stop();
});

interface Options {
  readonly firstPartBytes?: number;
  readonly maxParts?: number;
  readonly keys?: NonNullable<StoreConfig["keys"]>;
  readonly signal?: AbortSignal;
  readonly pace?: number;
}

function open(options: Options = {}) {
  const { keys = { id: "id", secret: "secret" } } = options;
  const client = s3Client({ endpoint, region: "us-east-1", keys });
  clients.push(client);
  return openUpload(client, {
    bucket,
    key: "a",
    firstPartBytes: 64 * KiB,
    maxParts: 10_000,
    lock: undefined,
    signal: new AbortController().signal,
    // The minute that a part may take becomes 3 s, which a busy machine still keeps.
    pace: 0.05,
    ...options,
  });
}

async function upload(body: Buffer, options?: Options): Promise<void> {
  const pending = await open(options);
  try {
    for (let at = 0; at < body.length; at += 10_000) await pending.write(body.subarray(at, at + 10_000));
    await pending.commit();
  } catch (thrown) {
    await pending.abort();
    throw thrown;
  }
}

/** Answers matching calls with an error, the first `times` of each. */
const refuse =
  (calls: RegExp, status: number, code: string, times = Number.POSITIVE_INFINITY): Trick =>
  ({ call, nth }, response) => {
    if (!calls.test(call) || nth > times) return false;
    xml(response, status, error(code));
    return true;
  };

const nothingIsLeft = () => expect([...fake.objects.keys(), ...fake.uploads.keys()]).toEqual([]);

test.each([0, 1, 64 * KiB, 64 * KiB + 1, 300 * KiB])("%d bytes arrive as they were sent", async (length) => {
  const body = randomBytes(length);
  await upload(body);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
  expect(fake.uploads.size).toBe(0);
});

test("nothing exists before the commit, whatever was written", async () => {
  const pending = await open();
  await pending.write(randomBytes(200 * KiB));
  expect(fake.objects.size).toBe(0);
  await pending.abort();
  nothingIsLeft();
});

test.each([
  [503, "SlowDown"],
  [500, "InternalError"],
  [400, "RequestTimeout"],
  [400, "BadDigest"],
])("a part that is refused with %d %s twice is sent again from memory", async (status, code) => {
  const body = randomBytes(300 * KiB);
  fake.trick = refuse(/^part 3$/, status, code, 2);
  await upload(body);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
  expect(fake.count("part 3")).toBe(3);
});

test("a burst of refusals of every kind of call is outlived", async () => {
  const body = randomBytes(300 * KiB);
  fake.trick = refuse(/part|begin|finish|look/, 503, "SlowDown", 3);
  await upload(body);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
  expect(fake.count("part 1")).toBe(4);
});

test("waits between tries grow, differ, and stay below 20 s", () => {
  expect([1, 2, 3, 20].map((tried) => waitMilliseconds(tried, () => 1))).toEqual([400, 800, 1600, 20_000]);
  expect(waitMilliseconds(5, () => 0)).toBe(0);
  expect(new Set(Array.from({ length: 20 }, () => waitMilliseconds(5))).size).toBeGreaterThan(10);
});

test("a store that refuses for ever fails the upload, after ten tries, and no part is left", async () => {
  fake.trick = refuse(/^part 2$/, 503, "SlowDown");
  await expect(upload(randomBytes(300 * KiB))).rejects.toMatchObject({ fault: "failed", message: /part 2 of a.*503/ });
  expect(fake.count("part 2")).toBe(10);
  nothingIsLeft();
});

test("a part that is refused for good is not tried again and leaves no parts", async () => {
  fake.trick = refuse(/^part 2$/, 400, "EntityTooLarge");
  await expect(upload(randomBytes(300 * KiB))).rejects.toMatchObject({ fault: "failed", message: /part 2 of a/ });
  expect(fake.count("part 2")).toBe(1);
  nothingIsLeft();
});

test("a full store is told as such, at once", async () => {
  fake.trick = refuse(/^part 2$/, 507, "InsufficientStorage");
  await expect(upload(randomBytes(300 * KiB))).rejects.toMatchObject({ fault: "full" });
  expect(fake.count("part 2")).toBe(1);
});

test("a part whose answer never comes is sent again", async () => {
  const body = randomBytes(300 * KiB);
  fake.trick = ({ call, nth }) => call === "part 2" && nth === 1;
  await upload(body);
  expect(fake.count("part 2")).toBe(2);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
});

test("a store that hangs for ever is unreachable, and what was tried is told", async () => {
  fake.trick = ({ call }) => call.startsWith("part");
  await expect(upload(randomBytes(100 * KiB), { pace: 0.02 })).rejects.toMatchObject({
    fault: "unreachable",
    message: /part 1 of a.*no answer within/,
  });
  expect(fake.count("part 1")).toBe(10);
  nothingIsLeft();
});

test("a connection that breaks under a part is replaced", async () => {
  const body = randomBytes(300 * KiB);
  fake.trick = ({ call, nth }, response) => {
    if (call !== "part 2" || nth > 2) return false;
    response.destroy();
    return true;
  };
  await upload(body);
  expect(fake.count("part 2")).toBe(3);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
});

/** A store that takes so many parts and no more. */
const takes = (most: number): Trick => refuseParts((part) => part > most);
const refuseParts =
  (isRefused: (part: number) => boolean): Trick =>
  ({ part }, response) => {
    if (part === undefined || !isRefused(part)) return false;
    xml(response, 400, error("InvalidArgument"));
    return true;
  };

test("a store of a thousand parts takes more than a thousand parts of the first size", async () => {
  const body = randomBytes(3000 * KiB);
  fake.trick = takes(1000);
  await upload(body, { firstPartBytes: KiB, maxParts: 1000 });
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
  expect(fake.count(/^part/)).toBeLessThan(1000);
});

test("where the number of parts is not known, the fault says how to set it", async () => {
  fake.trick = takes(1000);
  await expect(upload(randomBytes(1100 * KiB), { firstPartBytes: KiB })).rejects.toThrow(/S3_MAX_PARTS=1000/);
  expect(fake.count("part 1001")).toBe(1);
  nothingIsLeft();
});

test.each([
  ["", "as S3 sends it"],
  ["\n", "with a line end, which the SDK takes for success"],
])("a finish that says 200 and holds an error%j is tried again, %s", async (end) => {
  const body = randomBytes(100 * KiB);
  fake.trick = ({ call, nth }, response) => {
    if (call !== "finish" || nth > 1) return false;
    xml(response, 200, error("InternalError") + end);
    return true;
  };
  await upload(body);
  expect(fake.count("finish")).toBe(2);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
});

test("a finish that says 200 and holds an error for ever is a failure, and no part is left", async () => {
  fake.trick = refuse(/^finish$/, 200, "InternalError");
  await expect(upload(randomBytes(10))).rejects.toMatchObject({ fault: "failed", message: /InternalError/ });
  nothingIsLeft();
});

test("a finish that tells of success without an object is a failure", async () => {
  fake.trick = ({ call }, response) => {
    if (call !== "finish") return false;
    xml(response, 200, "<CompleteMultipartUploadResult><Key>a</Key></CompleteMultipartUploadResult>");
    return true;
  };
  await expect(upload(randomBytes(10))).rejects.toMatchObject({ message: /confirm a/ });
  expect(fake.count("look")).toBeGreaterThan(0);
});

test("an object that came out shorter than what was sent is a failure", async () => {
  fake.trick = ({ call }) => {
    if (call === "finish") fake.uploads.get("u1")?.parts.set(1, Buffer.from("less"));
    return false;
  };
  await expect(upload(randomBytes(10))).rejects.toMatchObject({ fault: "failed", message: /4 bytes, 10 were sent/ });
});

test("a finish whose answer got lost is a success, for the object is ours", async () => {
  const body = randomBytes(100 * KiB);
  fake.trick = ({ call, nth }, response) => {
    if (call !== "finish" || nth > 1) return false;
    fake.finish("u1");
    response.destroy();
    return true;
  };
  await upload(body);
  expect(fake.count("finish")).toBe(1);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
});

test("an object of another writer is never overwritten", async () => {
  fake.objects.set("a", { body: Buffer.from("theirs"), writer: "another" });
  await expect(upload(randomBytes(10))).rejects.toMatchObject({ fault: "exists" });
  expect(fake.objects.get("a")?.body.toString()).toBe("theirs");
  expect(fake.uploads.size).toBe(0);
});

/** Refuses what an old key signs, from the third part on. */
const expires: Trick = ({ accessKey, part = 0 }, response) => {
  if (accessKey !== "old" || part < 3) return false;
  xml(response, 400, error("ExpiredToken"));
  return true;
};

test("keys that expire in the middle are read again", async () => {
  const body = randomBytes(400 * KiB);
  fake.trick = expires;
  const old = { id: "old", secret: "secret" };
  let reads = 0;
  const reread = () => (reads++ === 0 ? old : { id: "new", secret: "secret" });
  await upload(body, { keys: { ...old, reread } });
  expect(fake.count("part 3")).toBe(2);
  expect(fake.objects.get("a")?.body.equals(body)).toBe(true);
});

test("keys that expire in the middle, with no others there, fail as denied and are not tried for ever", async () => {
  fake.trick = expires;
  const failed = upload(randomBytes(400 * KiB), { keys: { id: "old", secret: "secret" } });
  await expect(failed).rejects.toMatchObject({ fault: "denied", message: /part \d of a: ExpiredToken/ });
  expect(fake.count("part 3")).toBe(2);
  nothingIsLeft();
});

test("an interrupted upload is given up although its signal is spent", async () => {
  const stop = new AbortController();
  fake.trick = ({ call }) => {
    if (call === "part 2") stop.abort(new Error("SIGTERM"));
    return call === "part 2";
  };
  await expect(upload(randomBytes(400 * KiB), { signal: stop.signal })).rejects.toThrow("SIGTERM");
  expect(fake.count("part 2")).toBe(1);
  nothingIsLeft();
});

test("a slow store slows the writer: one part fills and two are on their way, no more are held", async () => {
  const part = 1024 * KiB;
  fake.keepsBodies = false;
  fake.partMilliseconds = 5;
  const pending = await open({ firstPartBytes: part });
  const chunk = randomBytes(64 * KiB);
  let sent = 0;
  for (let bytes = 0; bytes < 64 * part; bytes += chunk.length) {
    await pending.write(chunk);
    sent += chunk.length;
    const arrived = fake.count(/^part /) * part;
    expect(sent - arrived).toBeLessThanOrEqual(3 * part + chunk.length);
  }
  await pending.abort();
});
