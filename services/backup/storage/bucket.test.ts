import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AccountName, accountNames, readAccounts } from "../config/accounts.ts";
import { readLockConfig } from "../config/lock.ts";
import { readStoreConfig } from "../config/store.ts";
import { keepTold, lastTold } from "../notify/last-told.ts";
import { type ObjectServer, objectServerMissing, startObjectServer, versitygwPath } from "../testing/object-server.ts";
import { bytesOf, keysOf } from "../testing/store-contract.ts";
import { patient } from "../testing/test-world.ts";
import { ensureBucket } from "./bucket.ts";
import { s3Client } from "./s3-client.ts";
import { s3Store } from "./s3-store.ts";

const { signal } = new AbortController();
const options = { waitSeconds: 10, signal, report: () => undefined };
const lockOfDays = (days: number) => readLockConfig({ BACKUP_LOCK_DAYS: String(days) });
const program = await versitygwPath();

describe.skipIf(!program)(program ? "a bucket of versitygw" : objectServerMissing, patient, () => {
  let server: ObjectServer;
  let accountEnv: Record<string, string>;
  const root = () => readStoreConfig(server.env);
  const accounts = () => readAccounts(accountEnv, root().keys?.id);
  const configOf = (name: AccountName) => ({ ...root(), keys: accounts()?.[name] });
  const storeOf = (name: AccountName) => s3Store(s3Client(configOf(name)), configOf(name), signal);
  const ensure = (days = 1) =>
    ensureBucket(s3Client(root()), { store: root(), lock: lockOfDays(days), accounts: accounts() }, options);

  /** Files with the keys of the accounts, as a pod has them. */
  function writeSecrets(secretOf: (name: AccountName) => string): void {
    const file = (name: string, content: string): string => {
      const path = join(server.folder, "..", name);
      writeFileSync(path, content);
      return path;
    };
    accountEnv = Object.fromEntries(
      accountNames.flatMap((name) => [
        [`BACKUP_${name.toUpperCase()}_KEY_ID_FILE`, file(`${name}-id`, `backup-${name}\n`)],
        [`BACKUP_${name.toUpperCase()}_SECRET_FILE`, file(`${name}-secret`, `${secretOf(name)}\n`)],
      ]),
    );
  }

  beforeAll(async () => {
    server = await startObjectServer(program as string);
    writeSecrets((name) => `not-a-secret of <${name}> & "co"`);
  }, 60_000);
  afterAll(() => server?.stop());

  test("without it, the fault tells that there is none", async () => {
    await expect(s3Store(s3Client(root()), root(), signal).reach()).rejects.toMatchObject({ fault: "no-bucket" });
  });

  test("it is made once, with its accounts, and a second run changes nothing", async () => {
    const first = await ensure();
    expect(first).toMatchObject({ created: true, lock: { days: 1 } });
    expect(first.changes.join("\n")).toMatch(/backup-writer made.*backup-reader made.*backup-pruner made.*policy/s);
    expect(await ensure()).toMatchObject({ created: false, changes: [], notes: [] });
  });

  test("its lock is made stronger and never weaker", async () => {
    expect(await ensure(3)).toMatchObject({ lock: { days: 3 } });
    expect(await ensure(2)).toMatchObject({ lock: { days: 3 }, changes: [] });
  });

  test("a new secret is put in place, and a store that was opened before goes on with it", async () => {
    const opened = storeOf("reader");
    await opened.reach();
    writeSecrets((name) => `another secret of ${name}`);
    expect((await ensure()).changes).toHaveLength(3);
    await opened.reach();
  });

  test("the database's account makes the bucket of its WAL, and has no part in that of the backups", async () => {
    const archiver = { id: "wal-archiver", secret: "secret of the archiver" };
    const made = () =>
      ensureBucket(s3Client(root()), { store: root(), lock: lockOfDays(1), accounts: accounts(), archiver }, options);
    expect((await made()).changes).toEqual(["account wal-archiver made, the archiver"]);
    expect((await made()).changes).toEqual([]);
    const client = s3Client({ ...root(), keys: { ...archiver, reread: () => archiver } });
    await client.send(new CreateBucketCommand({ Bucket: "golive-backups-wal" }));
    await client.send(new PutObjectCommand({ Bucket: "golive-backups-wal", Key: "wal/1", Body: "x" }));
    await client.send(new DeleteObjectCommand({ Bucket: "golive-backups-wal", Key: "wal/1" }));
    for (const command of [
      new PutObjectCommand({ Bucket: "golive-backups", Key: "postgres/x", Body: "x" }),
      new GetObjectCommand({ Bucket: "golive-backups", Key: "postgres/x" }),
      new DeleteObjectCommand({ Bucket: "golive-backups", Key: "postgres/x" }),
    ])
      await expect(client.send(command as PutObjectCommand)).rejects.toMatchObject({
        $metadata: { httpStatusCode: 403 },
      });
  });

  test("keys that are wrong are told as such", async () => {
    const wrong = { ...root(), keys: { id: "golive", secret: "wrong" } };
    await expect(s3Store(s3Client(wrong), wrong, signal).reach()).rejects.toMatchObject({ fault: "denied" });
  });

  describe("what each account may do", () => {
    const Bucket = "golive-backups";
    const key = "postgres/app/one/manifest.json";
    const clientOf = (name: AccountName): S3Client => s3Client(configOf(name));
    const versionsOf = async (Key: string) =>
      (await s3Client(root()).send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }))).Versions ?? [];
    const refused = { $metadata: { httpStatusCode: 403 } };

    beforeAll(async () => {
      await storeOf("writer").putNew(key, Buffer.from("first"));
      const pending = await storeOf("writer").open("postgres/app/one/dump");
      await pending.write(Buffer.alloc(9 * 1024 ** 2, 7));
      await pending.commit();
    });

    test("the writer reads back what it wrote, and gives up an upload", async () => {
      expect(await keysOf(storeOf("writer"), "postgres/app/one/")).toHaveLength(2);
      expect((await bytesOf(await storeOf("writer").read(key))).toString()).toBe("first");
      const pending = await storeOf("writer").open("postgres/app/two/dump");
      await pending.write(Buffer.alloc(9 * 1024 ** 2));
      await pending.abort();
      for await (const upload of storeOf("pruner").unfinished("postgres/")) expect.fail(`${upload.key} is left`);
    });

    test("who may put no backup may note what people were told, beside the backups, and the next run reads it", async () => {
      for (const name of ["reader", "pruner"] as const) {
        const now = new Date();
        const told = {
          version: 1,
          state: "anomalous",
          at: now.toISOString(),
          since: now.toISOString(),
          undelivered: [],
        } as const;
        await keepTold(storeOf(name), "prune", `of ${name}`, { ...told, undelivered: [] }, now);
        expect(await lastTold(storeOf(name), "prune", `of ${name}`)).toMatchObject({ state: "anomalous" });
        for (const elsewhere of ["postgres/app/two/manifest.json", "notifications", "notificationsx/y.json"])
          await expect(storeOf(name).putNew(elsewhere, Buffer.from("x"))).rejects.toMatchObject({ fault: "denied" });
      }
    });

    test("every object is locked from the moment it is written, for the days of the bucket", async () => {
      for (const name of [key, "postgres/app/one/dump"]) {
        const until = await storeOf("reader").lockedUntil(name);
        expect(until?.getTime()).toBeGreaterThan(Date.now() + 2.9 * 86_400_000);
        expect(until?.getTime()).toBeLessThan(Date.now() + 3.1 * 86_400_000);
      }
    });

    test("the writer cannot delete, neither an object nor a version of it", async () => {
      const [version] = await versionsOf(key);
      const VersionId = version?.VersionId;
      for (const what of [
        { Bucket, Key: key },
        { Bucket, Key: key, VersionId },
      ])
        for (const BypassGovernanceRetention of [false, true])
          await expect(
            clientOf("writer").send(new DeleteObjectCommand({ ...what, BypassGovernanceRetention })),
          ).rejects.toMatchObject(refused);
      await expect(storeOf("writer").remove(key)).rejects.toMatchObject({ fault: "denied" });
    });

    test("the writer cannot shorten a lock", async () => {
      const Retention = { Mode: "GOVERNANCE", RetainUntilDate: new Date(Date.now() + 60_000) } as const;
      const shorter = {
        Bucket,
        Key: key,
        Retention,
        BypassGovernanceRetention: true,
        ChecksumAlgorithm: "SHA256",
      } as const;
      await expect(clientOf("writer").send(new PutObjectRetentionCommand(shorter))).rejects.toThrow();
    });

    test("the writer cannot overwrite: what it forces lies beside the first version, which stays whole and locked", async () => {
      await expect(storeOf("writer").putNew(key, Buffer.from("second"))).rejects.toMatchObject({ fault: "exists" });
      // Without the condition that this program always sends, versitygw keeps both.
      await clientOf("writer").send(new PutObjectCommand({ Bucket, Key: key, Body: "forged" }));
      const versions = await versionsOf(key);
      expect(versions).toHaveLength(2);
      const first = versions.find(({ IsLatest }) => !IsLatest);
      const kept = { Bucket, Key: key, VersionId: first?.VersionId as string };
      const got = await clientOf("reader").send(new GetObjectCommand(kept));
      expect(await got.Body?.transformToString()).toBe("first");
      const lock = await clientOf("reader").send(new GetObjectRetentionCommand(kept));
      expect(lock.Retention?.RetainUntilDate?.getTime()).toBeGreaterThan(Date.now());
    });

    test("the reader reads and lists, and can neither put nor delete nor begin an upload", async () => {
      expect(await keysOf(storeOf("reader"), "postgres/")).toHaveLength(2);
      await expect(storeOf("reader").putNew("postgres/x", Buffer.from("x"))).rejects.toMatchObject({ fault: "denied" });
      await expect(storeOf("reader").open("postgres/x")).rejects.toMatchObject({ fault: "denied" });
      await expect(storeOf("reader").remove(key)).rejects.toMatchObject({ fault: "denied" });
      await expect(clientOf("reader").send(new DeleteObjectCommand({ Bucket, Key: key }))).rejects.toMatchObject(
        refused,
      );
    });

    test("the pruner can neither put nor hide, and what is locked it is told as retained", async () => {
      expect((await bytesOf(await storeOf("pruner").read("postgres/app/one/dump"))).length).toBe(9 * 1024 ** 2);
      await expect(storeOf("pruner").putNew("postgres/x", Buffer.from("x"))).rejects.toMatchObject({ fault: "denied" });
      await expect(clientOf("pruner").send(new DeleteObjectCommand({ Bucket, Key: key }))).rejects.toMatchObject(
        refused,
      );
      expect(await storeOf("pruner").remove(key)).toBe("retained");
      const [first] = (await versionsOf(key)).filter(({ IsLatest }) => !IsLatest);
      const bypass = { Bucket, Key: key, VersionId: first?.VersionId as string, BypassGovernanceRetention: true };
      await expect(clientOf("pruner").send(new DeleteObjectCommand(bypass))).rejects.toThrow();
      expect(await versionsOf(key)).not.toHaveLength(0);
    });

    test("nobody but root changes the policy, the lock or the versioning, or makes an account", async () => {
      const Policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: [`arn:aws:s3:::${Bucket}`] }],
      });
      for (const name of accountNames) {
        const client = clientOf(name);
        const sends = [
          () => client.send(new PutBucketPolicyCommand({ Bucket, Policy })),
          () => client.send(new DeleteBucketPolicyCommand({ Bucket })),
          () =>
            client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
          () =>
            client.send(
              new PutObjectLockConfigurationCommand({
                Bucket,
                ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" },
              }),
            ),
        ];
        for (const send of sends) await expect(send()).rejects.toMatchObject(refused);
        const config = configOf(name);
        const wanted = { store: config, lock: lockOfDays(3), accounts: accounts() };
        await expect(ensureBucket(client, wanted, options)).rejects.toThrow(/HTTP 403/);
      }
      expect((await ensure()).changes).toEqual([]);
    });
  });

  test("an object whose lock is over goes with every version and marker of it", async () => {
    const store = s3Store(s3Client(root()), root(), signal);
    const [Bucket, Key] = ["golive-backups", "postgres/app/old/manifest.json"];
    const RetainUntil = {
      ObjectLockMode: "GOVERNANCE",
      ObjectLockRetainUntilDate: new Date(Date.now() + 2000),
    } as const;
    for (const Body of ["one", "two"])
      await s3Client(root()).send(
        new PutObjectCommand({ Bucket, Key, Body, ...RetainUntil, ChecksumAlgorithm: "SHA256" }),
      );
    await s3Client(root()).send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await storeOf("pruner").remove(Key)).toBe("retained");
    await expect.poll(() => storeOf("pruner").remove(Key), { timeout: 10_000 }).toBe("removed");
    const left = await s3Client(root()).send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }));
    expect([...(left.Versions ?? []), ...(left.DeleteMarkers ?? [])]).toEqual([]);
    expect(await store.size(Key)).toBeUndefined();
  });

  test("on AWS, which has no endpoint of ours, accounts and policy are left to IAM", async () => {
    // The client still talks to the server here; only the configuration says AWS.
    const aws = { ...root(), endpoint: undefined, bucket: "like-aws" };
    const wanted = { store: aws, lock: lockOfDays(1), accounts: accounts() };
    const { notes, changes } = await ensureBucket(s3Client(root()), wanted, options);
    expect(notes.join()).toMatch(/left to IAM/);
    expect(changes.join()).not.toMatch(/account|policy/);
    const policy = s3Client(root()).send(new GetBucketPolicyCommand({ Bucket: "like-aws" }));
    await expect(policy).rejects.toMatchObject({ name: "NoSuchBucketPolicy" });
  });

  test("a server without accounts says how to start one that has them", async () => {
    const single = await startObjectServer(program as string, { accounts: false });
    try {
      const store = readStoreConfig(single.env);
      const ensured = ensureBucket(s3Client(store), { store, lock: lockOfDays(1), accounts: accounts() }, options);
      await expect(ensured).rejects.toMatchObject({ code: "BACKUP_FAILED", hint: /--iam-dir/ });
    } finally {
      await single.stop();
    }
  });
});

test("a store that never answers ends the wait with what was tried", async () => {
  const store = readStoreConfig({ S3_BUCKET: "abc", S3_ENDPOINT: "http://127.0.0.1:9" });
  const client = s3Client({ ...store, keys: { id: "a", secret: "b" } });
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const ensured = ensureBucket(client, { store, lock: lockOfDays(1) }, { waitSeconds: 1, signal, report });
  await expect(ensured).rejects.toMatchObject({ fault: "unreachable", message: /ECONNREFUSED/ });
  expect(lines[0]).toMatch(/^waiting up to 1 s/);
});
