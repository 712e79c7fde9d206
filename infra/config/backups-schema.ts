import { z } from "zod";
import {
  awsRegion,
  awsRegionAllowed,
  cidrs,
  cidrsAllowed,
  cronSchedule,
  key,
  size,
  timeZone,
  whole,
  yesNo,
} from "./kinds.ts";

const cron = (preset: string, description: string) =>
  key(cronSchedule, 'five cron fields like "0 2 * * *"', description).default(preset);

/** One after the other, so that each finds what the one before it left; in the quiet hours of UTC. */
const schedules = z
  .strictObject({
    backup: cron("0 2 * * *", "when the nightly backup starts"),
    verify: cron("0 3 * * *", "when new backups are read whole and compared with their manifests"),
    prune: cron("30 3 * * *", "when backups that no rule keeps are deleted, after a backup that succeeded"),
    drill: cron("0 4 * * 0", "when the newest backup is restored into a throwaway server and compared"),
    drillPointInTime: cron("0 5 * * 0", "when a server is recovered from the archive of the log and compared"),
    monitor: cron("15 */6 * * *", "when the health of the backups is judged and told to the channels"),
  })
  .prefault({});

/** Every rule adds to the others; none takes away. */
const retention = z
  .strictObject({
    days: whole(1, 3650, "days for which every backup is kept").default(30),
    verified: whole(1, 365, "newest proven backups that are kept whatever their age").default(7),
    daily: whole(0, 366, "days back for which one backup a day is kept").default(7),
    weekly: whole(0, 520, "weeks back for which one backup a week is kept").default(4),
    monthly: whole(0, 120, "months back for which one backup a month is kept").default(12),
  })
  .prefault({});

const email = (description: string) => key(z.email(), "an address like ops@example.org", description);

const smtp = z.strictObject({
  host: key(z.string().min(1), "a host name", "mail server"),
  // 25 is for servers among themselves: relays refuse it from pods, clouds close it.
  port: key(z.literal([587, 465]), "587 or 465", "its port; 465 speaks TLS from the first byte").default(587),
  user: key(z.string().min(1), "a name", "login; its password is the secret golive:smtpPassword").optional(),
  from: email("sender of the messages"),
  to: key(z.array(z.email()).min(1), "a list of at least one address", "who is told"),
});

const notifications = z
  .strictObject({
    success: yesNo("tell successes too, not only failures and recoveries").default(false),
    againHours: whole(1, 720, "hours after which a failure that lasts is told again").default(24),
    smtp: smtp.optional(),
    pagerdutyUrl: key(
      z.url({ protocol: /^https$/ }),
      "an https address",
      "events endpoint of PagerDuty, when it is not that of the US",
    ).optional(),
    heartbeatFailSuffix: key(
      z.string().regex(/^\/[\w/-]*$/),
      "a path like /fail",
      "appended to the heartbeat's address after a red look; without it nothing is requested then",
    ).optional(),
    cidrs: key(
      cidrs,
      cidrsAllowed,
      "where mail server, channels and heartbeat are; without it every public address, and no private one",
    ).optional(),
  })
  .prefault({});

/** `golive:backups`: when they are made, where they go, what is kept, who is told. */
export const backups = z.strictObject({
  schedules,
  timeZone: key(timeZone, "an IANA time zone like Etc/UTC or Europe/Berlin", "zone of the schedules").default(
    "Etc/UTC",
  ),
  store: key(
    z.enum(["in-cluster", "s3"]),
    "in-cluster or s3",
    "in-cluster: an S3-compatible server beside the platform; s3: a bucket on AWS",
  ),
  manage: yesNo("make the bucket on AWS, its key and its roles; false: they exist, and secrets open them").default(
    false,
  ),
  bucket: key(
    z.string().regex(/^[a-z0-9][a-z0-9-]{1,53}[a-z0-9]$/),
    "3 to 55 characters of a-z, 0-9 and -",
    "bucket of the backups; the names of others are made of it",
  ),
  region: key(awsRegion, awsRegionAllowed, "region of the bucket").default("us-east-1"),
  replicaRegion: key(
    awsRegion,
    awsRegionAllowed,
    "second region that every backup is copied to, when the bucket is managed",
  ).optional(),
  storeCidrs: key(
    cidrs,
    cidrsAllowed,
    "where S3 is reached (an interface endpoint, say); without it every public address",
  ).optional(),
  lock: z.strictObject({
    days: whole(1, 3650, "days in which nobody can delete a backup (Object Lock)"),
    mode: key(
      z.enum(["GOVERNANCE", "COMPLIANCE"]),
      "GOVERNANCE or COMPLIANCE",
      "GOVERNANCE can be lifted by who has the right; COMPLIANCE by nobody, not even AWS",
    ).default("GOVERNANCE"),
  }),
  retention,
  // A backup each night at 02:00 that is verified at 03:00 is 25 hours old when the next one is proven.
  rpoHours: whole(1, 8784, "how old the newest proven backup may be").default(26),
  rtoMinutes: whole(1, 10_080, "how long a restore may take, as drills measure it").default(60),
  undoDays: whole(0, 3650, "days for which a restore that replaced a database can be undone").default(7),
  memory: size("memory of a backup, a check or a restore").default("256Mi"),
  scratch: size("disk of a restore: the opened dump must fit, about as large as the database").default("2Gi"),
  drill: z
    .strictObject({
      storage: size("disk of a drill: 2.5 times the opened dump must fit").default("4Gi"),
      memory: size("memory of a drill: it runs a database server").default("768Mi"),
    })
    .prefault({}),
  escrowRecipient: key(
    z.string().regex(/^age1[02-9ac-hj-np-z]{58}$/),
    "an age recipient, age1 and 58 characters",
    "second recipient of every backup; its identity is kept by people, away from the cluster",
  ).optional(),
  trustedSigners: key(
    z.array(z.string().regex(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n?$/)),
    "a list of PEM blocks of Ed25519 public keys",
    "further keys whose signatures count: those of an earlier seed, for one",
  ).default([]),
  notifications,
});
