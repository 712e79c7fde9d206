import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe } from "vitest";
import { readStoreConfig } from "../config/store.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { type ObjectServer, objectServerMissing, startObjectServer, versitygwPath } from "../testing/object-server.ts";
import { storeContract } from "../testing/store-contract.ts";
import { patient } from "../testing/test-world.ts";
import { diskStore } from "./disk-store.ts";
import type { PrunableStore } from "./object-store.ts";
import { s3Client } from "./s3-client.ts";
import { s3Store } from "./s3-store.ts";

const { signal } = new AbortController();
const tomorrow = () => new Date(Date.now() + 86_400_000);

describe("the store in memory", () => {
  const memory = new MemoryStore();
  storeContract(() => ({ store: memory, lock: async (key) => void memory.locks.set(key, tomorrow()) }));
});

describe("the store in a folder", () => {
  const root = mkdtempSync(join(tmpdir(), "golive-folder-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const store = diskStore(root, signal);
  storeContract(() => ({ store }));
});

const program = await versitygwPath();

describe.skipIf(!program)(program ? "the store in versitygw" : objectServerMissing, patient, () => {
  let server: ObjectServer;
  let client: S3Client;
  let store: PrunableStore;

  beforeAll(async () => {
    server = await startObjectServer(program as string);
    const config = readStoreConfig(server.env);
    const Bucket = config.bucket;
    client = s3Client(config);
    // Locks are possible there, and none is put on new objects by itself.
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    // Waits between tries are short: a part that is on its way while its upload is given up is tried ten times.
    store = s3Store(client, config, signal, 0.1);
  }, 60_000);
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  storeContract(() => ({
    store,
    async lock(Key) {
      const Retention = { Mode: "GOVERNANCE", RetainUntilDate: tomorrow() } as const;
      const Bucket = "golive-backups";
      await client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, ChecksumAlgorithm: "SHA256" }));
    },
  }));
});
