import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCatalogue } from "../catalogue/catalogue.ts";
import { keyOf } from "../catalogue/keys.ts";
import { readStoreConfig } from "../config/store.ts";
import type { PrunableStore } from "../storage/object-store.ts";
import { s3Client } from "../storage/s3-client.ts";
import { s3Store } from "../storage/s3-store.ts";
import { idAt } from "../testing/backups.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { type ObjectServer, objectServerMissing, startObjectServer, versitygwPath } from "../testing/object-server.ts";
import { putSealed } from "../testing/sealed-backup.ts";
import { patient, testKeys } from "../testing/test-world.ts";
import { prune } from "./prune.ts";
import { verify } from "./verify.ts";

const keys = testKeys();
const { signal } = new AbortController();
/**
 * A store dates what it gets, and tells its own time in whole seconds: here all is young, or even not yet there. So no age is
 * too young, and only the newest proven backup is kept.
 */
const policy = { days: -1, proven: 1, daily: 0, weekly: 0, monthly: 0, graceHours: 48 };
const program = await versitygwPath();

describe.skipIf(!program)(program ? "care in versitygw" : objectServerMissing, patient, () => {
  let server: ObjectServer;
  let client: S3Client;
  let store: PrunableStore;
  const Bucket = "golive-backups";
  const begun = Math.floor(Date.now() / 1000) * 1000;
  const made = [240, 180, 120, 90].map((seconds) => new Date(begun - seconds * 1000));
  const ids = made.map(idAt);
  const world = () => ({ store, ...keys, policy, now: () => new Date(), report: () => undefined, signal });

  beforeAll(async () => {
    server = await startObjectServer(program as string);
    const config = readStoreConfig(server.env);
    client = s3Client(config);
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    store = s3Store(client, config, signal);
    const memory = new MemoryStore();
    for (const at of made) await putSealed(memory, keys, { at });
    for (const [key, body] of memory.objects) await store.putNew(key, body);
  }, 60_000);
  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  test("fault 24: verified whole, then pruned but for what a lock or a legal hold keeps; nothing is left of the others, in any version", async () => {
    expect(await verify(world())).toMatchObject({ checked: [{}, {}, {}, {}], red: [], unopened: [] });
    const dumpOf = (id: string | undefined) => keyOf({ database: "app", id: id as string }, "dump");
    const Key = dumpOf(ids[1]);
    const Retention = { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + 86_400_000) } as const;
    await client.send(new PutObjectRetentionCommand({ Bucket, Key, Retention, ChecksumAlgorithm: "SHA256" }));
    const LegalHold = { Status: "ON" } as const;
    await client.send(
      new PutObjectLegalHoldCommand({ Bucket, Key: dumpOf(ids[2]), LegalHold, ChecksumAlgorithm: "SHA256" }),
    );
    for (const removed of [[ids[0]], []]) {
      const report = await prune(world(), { yes: true });
      expect(report.frozen).toEqual([]);
      expect([report.removed, report.retained].map((of) => of.map(({ id }) => id))).toEqual([
        removed,
        [ids[1], ids[2]],
      ]);
    }
    const left = await readCatalogue(store, { trusted: keys.trusted });
    expect(left.map(({ id, state }) => [id, state])).toEqual([
      [ids[3], "complete"],
      [ids[2], "complete"],
      [ids[1], "complete"],
    ]);
    const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    expect(new Set(Versions.map(({ Key }) => Key?.split("/")[2]))).toEqual(new Set([ids[1], ids[2], ids[3]]));
    expect(DeleteMarkers).toEqual([]);
  });
});
