import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readNotifyConfig } from "./notify.ts";

const home = mkdtempSync(join(tmpdir(), "golive-notify-config-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const file = (name: string, content: string): string => {
  writeFileSync(join(home, name), content);
  return join(home, name);
};
const smtp = {
  BACKUP_SMTP_HOST: "mail.example.com",
  BACKUP_SMTP_FROM: "a@example.com",
  BACKUP_SMTP_TO: "b@example.com",
};

test("with nothing set nobody is told, and nothing is wrong", () => {
  expect(readNotifyConfig({})).toMatchObject({
    environment: "local",
    success: false,
    againHours: 24,
    slack: undefined,
    pagerduty: undefined,
    smtp: undefined,
  });
});

test("what is set is taken, without the line ends that editors add to secrets", () => {
  const config = readNotifyConfig({
    ...smtp,
    BACKUP_SMTP_TO: "b@example.com, c@example.com",
    BACKUP_SMTP_USER: "golive",
    BACKUP_SMTP_PASSWORD_FILE: file("password", " pa ss \n"),
    BACKUP_PAGERDUTY_KEY_FILE: file("key", "r0ut1ng\n"),
    BACKUP_SLACK_WEBHOOK_FILE: file("slack", "https://hooks.slack.com/services/T/B/x\n"),
    BACKUP_RUNBOOKS_URL: "https://runbooks.example/backups",
  });
  expect(config.smtp).toMatchObject({
    port: 587,
    tls: "starttls",
    login: { user: "golive", password: " pa ss " },
    to: ["b@example.com", "c@example.com"],
  });
  expect(config.pagerduty).toEqual({
    url: new URL("https://events.pagerduty.com/v2/enqueue"),
    routingKey: "r0ut1ng",
  });
  expect(config.slack?.href).toBe("https://hooks.slack.com/services/T/B/x");
  expect(config.runbooksUrl).toBe("https://runbooks.example/backups/");
});

test.each([
  ["a server without sender and recipients", { BACKUP_SMTP_HOST: "mail" }, /BACKUP_SMTP_FROM and BACKUP_SMTP_TO/],
  ["a login without its password", { ...smtp, BACKUP_SMTP_USER: "golive" }, /only one of BACKUP_SMTP_USER/],
  ["a password without its login", { ...smtp, BACKUP_SMTP_PASSWORD_FILE: "/x" }, /only one of BACKUP_SMTP_USER/],
  [
    "a login in the clear",
    { ...smtp, BACKUP_SMTP_TLS: "none", BACKUP_SMTP_USER: "golive", BACKUP_SMTP_PASSWORD_FILE: "/x" },
    /BACKUP_SMTP_TLS=none would send the password/,
  ],
  ["a kind of TLS that there is not", { BACKUP_SMTP_TLS: "ssl" }, /BACKUP_SMTP_TLS=ssl/],
  ["a sender that begins another header", { BACKUP_SMTP_FROM: "a@example.com\r\nBcc: x@y.z" }, /BACKUP_SMTP_FROM=/],
  [
    "a recipient with a name",
    { BACKUP_SMTP_TO: "Ops <ops@example.com>" },
    /BACKUP_SMTP_TO=Ops <ops@example.com>: plain addresses, commas between/,
  ],
  ["a telling at every minute", { BACKUP_NOTIFY_AGAIN_HOURS: "0" }, /BACKUP_NOTIFY_AGAIN_HOURS=0/],
  ["a summary that may be", { BACKUP_NOTIFY_SUCCESS: "yes" }, /BACKUP_NOTIFY_SUCCESS=yes/],
  ["runbooks that are no address", { BACKUP_RUNBOOKS_URL: "runbooks" }, /BACKUP_RUNBOOKS_URL=runbooks/],
  ["a key that is not mounted", { BACKUP_PAGERDUTY_KEY_FILE: "/none" }, /BACKUP_PAGERDUTY_KEY_FILE=\/none: ENOENT/],
])("%s is refused with the variable's name", (_what, env, message) => {
  expect(() => readNotifyConfig(env)).toThrow(message);
});

test("a secret that is none is refused without being shown", () => {
  const read = () => readNotifyConfig({ BACKUP_SLACK_WEBHOOK_FILE: file("bad", "xoxb-s3cr3t") });
  expect(read).toThrow(/BACKUP_SLACK_WEBHOOK_FILE=.*: the file holds no http/);
  expect(read).not.toThrow(/s3cr3t/);
  const empty = () => readNotifyConfig({ BACKUP_PAGERDUTY_KEY_FILE: file("empty", "\n") });
  expect(empty).toThrow(/BACKUP_PAGERDUTY_KEY_FILE=.*: the file is empty/);
});
