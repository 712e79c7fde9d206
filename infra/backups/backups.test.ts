import { beforeAll, describe, expect, test } from "vitest";
import { bytesOf } from "../config/quantities.ts";
import { opened, type Seen, testSeed } from "../testing/mocks.ts";
import { runStack } from "../testing/stacks.ts";
import { type BackupJobName, jobNames, jobs } from "./jobs.ts";
import { derivedEscrowKeys, operationsKeys } from "./keys.ts";

const secrets = {
  "golive:slackWebhookUrl": "https://hooks.slack.example/T0/secret",
  "golive:heartbeatUrl": "https://watch.example/secret",
};
let local: Seen;
let production: Seen;
let told: Seen;
beforeAll(async () => {
  local = await runStack("local");
  production = await runStack("production");
  told = await runStack("local", { secrets });
}, 120_000);

const cronJob = (seen: Seen, job: BackupJobName) => seen.one("CronJob", job).inputs.spec;
const podOf = (seen: Seen, job: BackupJobName) => cronJob(seen, job).jobTemplate.spec.template.spec;
const monitorPod = (seen: Seen) => seen.one("Deployment", "backup-monitor").inputs.spec.template.spec;
type Pod = ReturnType<typeof podOf>;
const environment = ({ containers }: Pod): Record<string, string> =>
  Object.fromEntries(containers[0].env.map(({ name, value }: { name: string; value: string }) => [name, value]));
/** What a pod can read: Secret or ConfigMap, and its keys. */
const files = ({ volumes }: Pod): string[] =>
  volumes
    .flatMap((volume: { secret?: { secretName: string; items: { key: string }[] }; configMap?: { name: string } }) =>
      volume.secret
        ? volume.secret.items.map(({ key }) => `${volume.secret?.secretName}/${key}`)
        : volume.configMap
          ? [volume.configMap.name]
          : [],
    )
    .sort();

test("six jobs fire by the clock of UTC, one after the other; the others are templates that never fire", () => {
  const fires = (job: BackupJobName) => [cronJob(local, job).suspend, cronJob(local, job).schedule];
  expect(Object.fromEntries(jobNames.map((job) => [job, fires(job)]))).toEqual({
    backup: [false, "0 2 * * *"],
    "backup-verify": [false, "0 3 * * *"],
    "backup-prune": [false, "30 3 * * *"],
    "backup-drill": [false, "0 4 * * 0"],
    "backup-drill-point-in-time": [false, "0 5 * * 0"],
    "backup-monitor": [false, "15 */6 * * *"],
    "backup-list": [true, "0 0 29 2 *"],
    "backup-hold": [true, "0 0 29 2 *"],
    "backup-restore": [true, "0 0 29 2 *"],
  });
  for (const job of jobNames)
    expect(cronJob(local, job)).toMatchObject({
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 3600,
    });
});

test("the clock prunes for real, and only on a day with a good backup", () => {
  expect(podOf(local, "backup-prune").containers[0].args).toEqual(["prune", "--yes", "--after-success"]);
});

const access = (account: string) => [
  `backup-store-${account}/access-key-id`,
  `backup-store-${account}/secret-access-key`,
];
const login = (role: string) => ["postgres-ca/ca.crt", `postgres-${role}/password`];

describe("a job finds the keys of its work in files, and no others", () => {
  test.each([
    ["backup", [...access("writer"), ...login("backup"), "backup-public-keys", "backup-signing/signing.pem"]],
    [
      "backup-verify",
      [...access("writer"), "backup-identity/identity.txt", "backup-public-keys", "backup-signing/signing.pem"],
    ],
    ["backup-prune", [...access("pruner"), "backup-public-keys"]],
    [
      "backup-drill",
      [
        ...access("writer"),
        "backup-identity/identity.txt",
        "backup-invariants",
        "backup-public-keys",
        "backup-signing/signing.pem",
      ],
    ],
    [
      "backup-drill-point-in-time",
      [
        ...access("writer"),
        ...login("backup"),
        "backup-drill-point-in-time",
        "backup-invariants",
        "backup-public-keys",
        "backup-signing/signing.pem",
      ],
    ],
    ["backup-monitor", [...access("reader"), ...login("backup"), "backup-public-keys"]],
    ["backup-list", [...access("reader"), "backup-public-keys"]],
    ["backup-hold", [...access("writer"), "backup-public-keys", "backup-signing/signing.pem"]],
    [
      "backup-restore",
      [
        ...access("restorer"),
        ...login("restore"),
        "postgres-backup/password",
        "backup-identity/identity.txt",
        "backup-public-keys",
        "backup-signing/signing.pem",
      ],
    ],
  ] as const)("%s", (job, expected) => {
    const pod = podOf(local, job);
    expect(files(pod)).toEqual([...expected].sort());
    expect(pod.serviceAccountName).toBe("ofArchive" in jobs[job] ? job : `backup-${jobs[job].account}`);
    expect(pod.automountServiceAccountToken).toBe("ofArchive" in jobs[job]);
    // Every variable that names a file names one that is mounted.
    const mounted = pod.containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    for (const [name, value] of Object.entries(environment(pod)))
      if (/_FILE$|^PGSSLROOTCERT$/.test(name)) expect(mounted, name).toContain(value.slice(0, value.lastIndexOf("/")));
  });
});

test("the monitor can look at everything, and neither open a backup nor change anything", () => {
  expect(files(monitorPod(local))).toEqual([...access("reader"), ...login("backup"), "backup-public-keys"].sort());
  expect(environment(monitorPod(local))).toMatchObject({
    PGUSER: "backup",
    BACKUP_RPO_SECONDS: "93600",
    BACKUP_EVERY_SECONDS: "86400",
    BACKUP_DRILL_EVERY_SECONDS: "604800",
    BACKUP_MONITOR_LOCK_DAYS: "30",
  });
});

test("only who logs in knows where the database is", () => {
  for (const job of jobNames) expect("PGHOST" in environment(podOf(local, job)), job).toBe("role" in jobs[job]);
});

test("every backup can be opened with two keys, and that of the escrow is in no object of the cluster", () => {
  const { data } = opened(local.one("ConfigMap", "backup-public-keys").inputs) as {
    data: Record<string, string>;
  };
  const [operations, escrow] = [operationsKeys(testSeed), derivedEscrowKeys(testSeed)];
  expect(data["recipients.txt"]).toBe(`${operations.recipient}\n${escrow.recipient}\n`);
  expect(data["trusted.pem"]?.match(/BEGIN PUBLIC KEY/g)).toHaveLength(1);
  const everything = JSON.stringify(opened(local.resources.map(({ inputs }) => inputs)));
  expect(everything).toContain(operations.identity);
  expect(everything).not.toContain(escrow.identity);
});

test("where people keep the escrow key, theirs is the second recipient, and further signers are trusted", async () => {
  const trustedSigners = [
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGM6SxNf1ZIMqS1xQW8OtNGhpW2DFMlsJyk0XDZC//wE=\n-----END PUBLIC KEY-----",
  ];
  const escrowRecipient = "age14kegzdm87f5jl273vqnq5p4h5w88f0dwaufwc8np9had8jrtksuqd9zde2";
  const plan = { store: "in-cluster", bucket: "golive-backups", lock: { days: 1 }, escrowRecipient, trustedSigners };
  const seen = await runStack("local", { config: { "golive:backups": plan } });
  const { data } = opened(seen.one("ConfigMap", "backup-public-keys").inputs) as { data: Record<string, string> };
  expect(data["recipients.txt"]?.split("\n")[1]).toBe(escrowRecipient);
  expect(data["trusted.pem"]?.match(/-----END PUBLIC KEY-----\n/g)).toHaveLength(2);
});

test("in a managed bucket pods have roles, and no file with a key of the store", () => {
  for (const job of jobNames) {
    const pod = podOf(production, job);
    expect(files(pod).filter((file) => file.startsWith("backup-store-"))).toEqual([]);
    expect(environment(pod)).not.toHaveProperty("S3_ACCESS_KEY_ID_FILE");
    expect(environment(pod)).not.toHaveProperty("S3_ENDPOINT");
    expect(environment(pod)).toMatchObject({ S3_BUCKET: "golive-production-backups", S3_REGION: "eu-central-1" });
  }
});

test("a bucket on AWS that people made is opened with the key that they set", async () => {
  const plan = { store: "s3", bucket: "ours", region: "eu-central-1", lock: { days: 1 } };
  const seen = await runStack("local", {
    config: { "golive:backups": plan, "golive:objectStore": undefined },
    secrets: { "golive:s3AccessKeyId": "AKIA", "golive:s3SecretAccessKey": "hidden" },
  });
  expect(opened(seen.one("Secret", "backup-store-writer").inputs.stringData)).toEqual({
    "access-key-id": "AKIA",
    "secret-access-key": "hidden",
  });
  expect(seen.resources.filter(({ type }) => type.startsWith("aws:"))).toEqual([]);
});

test("without anybody to tell there is no Secret of channels, and no way out for one", () => {
  expect(local.kind("Secret").map(({ inputs }) => inputs.metadata.name)).not.toContain("backup-channels");
  expect(JSON.stringify(local.kind("NetworkPolicy"))).not.toContain("0.0.0.0/0");
});

test("channels are known to the jobs that tell, the heartbeat to those who look, and neither to a drill", () => {
  const has = (pod: Pod) => files(pod).filter((file) => file.startsWith("backup-channels/"));
  expect(has(podOf(told, "backup"))).toEqual(["backup-channels/slack-webhook-url"]);
  expect(has(podOf(told, "backup-monitor"))).toEqual([
    "backup-channels/heartbeat-url",
    "backup-channels/slack-webhook-url",
  ]);
  expect(has(monitorPod(told))).toEqual(["backup-channels/heartbeat-url"]);
  for (const job of ["backup-drill", "backup-restore", "backup-list", "backup-hold"] as const)
    expect(has(podOf(told, job)), job).toEqual([]);
  const open = told
    .kind("NetworkPolicy")
    .filter(({ inputs }) => JSON.stringify(inputs.spec.egress ?? []).includes("0.0.0.0/0"));
  // Alerts go to the same people.
  const allowed = ["alertmanager", "backup", "backup-care", "backup-monitor"];
  expect(open.map(({ inputs }) => inputs.metadata.name).sort()).toEqual(allowed);
});

test("the monitor, which reads its files once, is rolled when those whom it tells change", () => {
  const revision = (seen: Seen) =>
    seen.one("Deployment", "backup-monitor").inputs.spec.template.metadata.annotations["golive.dev/secrets"];
  expect(revision(told)).toMatch(/^[\w-]{8}-[0-9a-f]{10}$/);
  expect(revision(told)).not.toBe(revision(local));
});

test("an address that is a secret is in no environment and no argument", () => {
  const others = told.resources.filter(({ type }) => !type.endsWith(":Secret"));
  expect(JSON.stringify(opened(others.map(({ inputs }) => inputs)))).not.toContain('/secret"');
});

test("disk of a pod is bounded: its empty folders fit its limit, what may be large has a volume of its own", () => {
  for (const job of jobNames) {
    const { volumes, containers } = podOf(local, job);
    const folders = volumes.flatMap(({ emptyDir }: { emptyDir?: { sizeLimit: string } }) =>
      emptyDir ? [bytesOf(emptyDir.sizeLimit)] : [],
    );
    const limit = bytesOf(containers[0].resources.limits["ephemeral-storage"]) ?? 0;
    expect(folders.length, job).toBeGreaterThan(0);
    expect(folders.reduce((sum: number, bytes: number) => sum + bytes, 0)).toBeLessThan(limit);
  }
  const claim = (job: BackupJobName) =>
    podOf(local, job).volumes.find(({ name }: { name: string }) => name === "scratch").ephemeral.volumeClaimTemplate
      .spec.resources.requests.storage;
  expect([claim("backup-restore"), claim("backup-drill")]).toEqual(["2Gi", "4Gi"]);
});

test("a drill runs as many processes as its memory holds, and is never tried twice", () => {
  expect(environment(podOf(local, "backup-drill"))).toMatchObject({
    BACKUP_SCRATCH_FOLDER: "/scratch",
    BACKUP_DRILL_JOBS: "3",
  });
  expect(cronJob(local, "backup-drill").jobTemplate.spec.backoffLimit).toBe(0);
});
