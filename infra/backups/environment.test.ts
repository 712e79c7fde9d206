import { variables } from "@golive/backup/variables.ts";
import { beforeAll, describe, expect, test } from "vitest";
import type { Seen } from "../testing/mocks.ts";
import { runStack } from "../testing/stacks.ts";
import { jobNames } from "./jobs.ts";

const known = new Set(Object.values(variables).flatMap((group) => group.map(({ name }) => name)));

/** Everybody who can be told is told, so that every variable there is gets used. */
const everything = {
  config: {
    "golive:runbooks": { url: "https://runbooks.example.org" },
    "golive:backups": {
      store: "in-cluster",
      bucket: "golive-backups",
      lock: { days: 30 },
      notifications: {
        success: true,
        smtp: {
          host: "mail.example.org",
          user: "ops",
          from: "golive@example.org",
          to: ["a@example.org", "b@example.org"],
        },
        pagerdutyUrl: "https://events.eu.pagerduty.com/v2/enqueue",
        heartbeatFailSuffix: "/fail",
      },
    },
  },
  secrets: Object.fromEntries(
    ["slackWebhookUrl", "pagerdutyRoutingKey", "smtpPassword", "heartbeatUrl", "sentryCronUrl"].map((name) => [
      `golive:${name}`,
      "hidden",
    ]),
  ),
};

let seen: Seen;
beforeAll(async () => {
  seen = await runStack("local", everything);
}, 120_000);

type Variable = { readonly name: string; readonly value?: string; readonly valueFrom?: { readonly fieldRef: object } };
const variablesOf = (spec: { containers: { env: Variable[] }[] }): Variable[] => spec.containers[0]?.env ?? [];
const pods = (): [string, Variable[]][] => [
  ...jobNames.map((job): [string, Variable[]] => [
    job,
    variablesOf(seen.one("CronJob", job).inputs.spec.jobTemplate.spec.template.spec),
  ]),
  ["metrics-server", variablesOf(seen.one("Deployment", "backup-monitor").inputs.spec.template.spec)],
  ["bucket", variablesOf(seen.kind("Job")[0]?.inputs.spec.template.spec)],
];

test("every variable that a pod is given is one that the backup program knows", () => {
  for (const [pod, given] of pods())
    expect(
      given.map(({ name }) => name).filter((name) => !known.has(name)),
      pod,
    ).toEqual([]);
});

test("no variable is given twice, and each has a value", () => {
  for (const [pod, given] of pods()) {
    expect(new Set(given.map(({ name }) => name)).size, pod).toBe(given.length);
    for (const { name, value, valueFrom } of given)
      expect(value ?? JSON.stringify(valueFrom?.fieldRef), `${pod} ${name}`).toMatch(/\S/);
  }
});

describe("mail", () => {
  test("is told where to, with a login, over TLS", () => {
    const backup = Object.fromEntries(
      pods()
        .find(([pod]) => pod === "backup")?.[1]
        .map(({ name, value }) => [name, value]) ?? [],
    );
    expect(backup).toMatchObject({
      BACKUP_SMTP_HOST: "mail.example.org",
      BACKUP_SMTP_TLS: "starttls",
      BACKUP_SMTP_USER: "ops",
      BACKUP_SMTP_PASSWORD_FILE: "/run/secrets/backup-channels/smtp-password",
      BACKUP_SMTP_TO: "a@example.org,b@example.org",
    });
  });
});
