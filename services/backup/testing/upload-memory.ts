import { s3Client } from "../storage/s3-client.ts";
import { s3Store } from "../storage/s3-store.ts";

/**
 * A process of its own that sends so many MB to a store and tells its memory: `node upload-memory.ts <endpoint> <MB>`.
 * Prints one JSON document: bytes of resident memory before, and at most.
 */
const [endpoint = "", megabytes = "0"] = process.argv.slice(2);
const config = {
  endpoint,
  bucket: "golive-backups",
  region: "us-east-1",
  keys: { id: "id", secret: "secret" },
  partBytes: 8 * 1024 ** 2,
  maxParts: 10_000,
};
const client = s3Client(config);
const store = s3Store(client, config, new AbortController().signal);

async function send(key: string, bytes: number): Promise<void> {
  const pending = await store.open(key);
  // As small as pipes give them: this is what made other uploaders hold the most.
  const chunk = Buffer.alloc(4096, 7);
  for (let sent = 0; sent < bytes; sent += chunk.length) await pending.write(chunk);
  await pending.commit();
}

// Code is loaded and buffers are made once; what counts is what grows from there.
await send("warm", 1024 ** 2);
const before = process.memoryUsage().rss;
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, 20);
await send("large", Number(megabytes) * 1024 ** 2);
clearInterval(watch);
client.destroy();
process.stdout.write(JSON.stringify({ before, most }));
