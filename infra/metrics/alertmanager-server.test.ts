import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { Server } from "../server/server.ts";
import { opened, Seen } from "../testing/mocks.ts";
import { type AlertChannels, alertReceivers } from "./alert-receivers.ts";
import { alertmanagerServer } from "./alertmanager-server.ts";

const smtp = { host: "mail.example.org", port: 587, from: "golive@example.org", to: ["ops@example.org"] };
const everything: AlertChannels = {
  slackWebhookUrl: pulumi.secret("https://hooks.example.org/canary-slack"),
  pagerdutyRoutingKey: pulumi.secret("canary-pagerduty"),
  smtp: { ...smtp, user: "golive" },
  smtpPassword: pulumi.secret("canary-smtp"),
  deadmanUrl: pulumi.secret("https://dead.example.org/canary-deadman"),
};

/** What is made of Alertmanager in a stack with these channels. */
async function made(channels: AlertChannels): Promise<Seen> {
  const seen = await new Seen().start();
  await seen.run(() => {
    const parent = new pulumi.ComponentResource("golive:test:Parent", "parent");
    const log = new Server(
      "log",
      {
        workload: "alert-log",
        namespace: "ns",
        component: "alerts",
        image: "log:1",
        resources: { cpu: "10m", memory: "96Mi" },
        probes: {},
        servicePorts: ["http"],
      },
      { parent },
    );
    const told = alertReceivers(channels);
    alertmanagerServer(
      "metrics",
      { namespace: "ns", namespaceName: "ns", image: "am:1", protect: false, told },
      parent,
      log,
    );
  });
  return seen;
}

const podOf = (seen: Seen) => seen.one("Deployment", "alertmanager").inputs.spec.template.spec;
const configOf = (seen: Seen) => {
  const [config] = seen.kind("ConfigMap");
  return { text: config?.inputs.data["alertmanager.yaml"], settings: parse(config?.inputs.data["alertmanager.yaml"]) };
};

test("with nobody to tell, everything goes to the alert log, and there is no secret", async () => {
  const seen = await made({ pagerdutyUrl: "https://events.eu.pagerduty.com/v2/enqueue" });
  expect(seen.kind("Secret")).toEqual([]);
  const { receivers } = configOf(seen).settings;
  expect(receivers.map(({ name }: { name: string }) => name)).toEqual(["log", "watchdog"]);
  expect(receivers[0].webhook_configs).toEqual([{ url: "http://alert-log.ns:8080/", send_resolved: true }]);
});

test("keys and addresses are in one secret, which the pod mounts where the configuration looks for them", async () => {
  const seen = await made(everything);
  const secret = seen.one("Secret", "alertmanager-receivers").inputs;
  const data = opened(secret["stringData"]) as Record<string, string>;
  expect(data).toEqual({
    "slack-webhook-url": "https://hooks.example.org/canary-slack",
    "pagerduty-routing-key": "canary-pagerduty",
    "smtp-password": "canary-smtp",
    "deadman-url": "https://dead.example.org/canary-deadman",
  });
  const pod = podOf(seen);
  const mount = pod.containers[0].volumeMounts.find(({ name }: { name: string }) => name === "receivers");
  expect(mount).toMatchObject({ mountPath: "/etc/alertmanager-receivers", readOnly: true });
  const volume = pod.volumes.find(({ name }: { name: string }) => name === "receivers");
  expect(volume.secret.secretName).toBe("alertmanager-receivers");
  const { text } = configOf(seen);
  for (const { path } of volume.secret.items) expect(text).toContain(`${mount.mountPath}/${path}`);
  expect(JSON.stringify(seen.kind("ConfigMap")) + JSON.stringify(pod)).not.toContain("canary");
});

test("a mail server without a login has no password, though the stack keeps one", async () => {
  const seen = await made({ smtp, smtpPassword: "canary" });
  expect(seen.kind("Secret")).toEqual([]);
  const { settings } = configOf(seen);
  const [page] = settings.receivers.filter(({ name }: { name: string }) => name === "page");
  expect(page.email_configs[0]).not.toHaveProperty("auth_password_file");
});
