import { readFileSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../../gateway/testing/certificates.ts";
import type { NotifyConfig, SmtpConfig } from "../config/notify.ts";
import {
  type Answer,
  closedUrl,
  httpReceiver,
  type Received,
  smtpReceiver,
  tcpReceiver,
} from "../testing/receivers.ts";
import type { NotifyEvent } from "./event.ts";
import { channelsOf, notify, type Patience } from "./notify.ts";
import { retryAfterMs } from "./post.ts";

const event: NotifyEvent = {
  kind: "failure",
  run: "backup",
  environment: "production",
  database: "app",
  at: new Date("2026-11-25T02:00:07Z"),
  text: "pg_dump ended with 1",
  hint: "See the server's log.",
  code: "BACKUP_FAILED",
  runbook: "https://runbooks.example/backup-failed",
};
/** Short, so that a failing channel fails within a test. */
const quick: Patience = { totalMs: 15_000, tryMs: 5_000, attempts: 3, pauseMs: 20 };
/** Shorter still, against what never answers. */
const short: Patience = { ...quick, totalMs: 10_000, tryMs: 600, attempts: 2 };
const nowhere: NotifyConfig = {
  environment: "production",
  success: false,
  againHours: 24,
  runbooksUrl: undefined,
  slack: undefined,
  pagerduty: undefined,
  smtp: undefined,
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function http(answer: Answer | ((received: Received, index: number) => Answer | undefined)) {
  const made = await httpReceiver(typeof answer === "function" ? answer : () => answer);
  open.push(made);
  return made;
}
async function smtp(options: Parameters<typeof smtpReceiver>[0]) {
  const made = await smtpReceiver(options);
  open.push(made);
  return made;
}

let certificates: Certificates;
let tls: { key: Buffer; cert: Buffer };
beforeAll(() => {
  certificates = makeCertificates("localhost");
  tls = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
});
afterAll(() => rmSync(certificates.folder, { recursive: true, force: true }));

const mailTo = (port: number, more: Partial<SmtpConfig> = {}): NotifyConfig => ({
  ...nowhere,
  smtp: {
    host: "localhost",
    port,
    tls: "starttls",
    ca: readFileSync(certificates.ca, "utf8"),
    login: { user: "golive", password: "right" },
    from: "backup@example.com",
    to: ["ops@example.com", "dba@example.com"],
    ...more,
  },
});
/** Quoted-printable words of RFC 2047 are joined and decoded. */
const subjectOf = (source = ""): string =>
  (/^Subject: (.*(?:\r\n .*)*)/m.exec(source)?.[1] ?? "")
    .replaceAll(/\?=\r\n =\?UTF-8\?Q\?/g, "")
    .replaceAll(/=\?UTF-8\?Q\?|\?=/g, "")
    .replaceAll("_", " ")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
const slackAt = (url: string): NotifyConfig => ({ ...nowhere, slack: new URL(`${url}/services/T0/B0/s3cr3t`) });
const pagerdutyAt = (url: string): NotifyConfig => ({
  ...nowhere,
  pagerduty: { url: new URL(`${url}/v2/enqueue`), routingKey: "r0ut1ng" },
});
const send = (config: NotifyConfig, one = event, limits = quick) => notify(channelsOf(config), one, limits);

describe("what arrives", () => {
  test("at Slack: title, text, hint, code, time and runbook, as text that Slack does not format", async () => {
    const slack = await http({ status: 200, body: "ok" });
    expect(await send(slackAt(slack.url))).toEqual([{ channel: "slack", state: "sent", attempts: 1 }]);
    expect(slack.received[0]).toMatchObject({ method: "POST", path: "/services/T0/B0/s3cr3t" });
    const { text, blocks } = JSON.parse(slack.received[0]?.body ?? "");
    expect(text).toBe('[production] backup failed for "app"');
    expect(blocks.map((block: { text: { type: string } }) => block.text.type)).toEqual(["plain_text", "plain_text"]);
    expect(blocks[1].text.text).toBe(
      "pg_dump ended with 1\nSee the server's log.\nBACKUP_FAILED, 2026-11-25T02:00:07.000Z\nhttps://runbooks.example/backup-failed",
    );
  });

  test("by email over verified STARTTLS, to every recipient", async () => {
    const server = await smtp({ ...tls, secure: false });
    expect(await send(mailTo(server.port))).toEqual([{ channel: "email", state: "sent", attempts: 1 }]);
    expect(server.mails[0]?.to).toEqual(["ops@example.com", "dba@example.com"]);
    expect(subjectOf(server.mails[0]?.source)).toBe('[production] backup failed for "app"');
    expect(server.mails[0]?.source).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(server.mails[0]?.source).toContain("pg_dump ended with 1");
  });

  test("by email over implicit TLS, and to a relay beside us without any", async () => {
    const implicit = await smtp({ ...tls, secure: true });
    expect(await send(mailTo(implicit.port, { tls: "implicit" }))).toMatchObject([{ state: "sent" }]);
    const plain = await smtp({ secure: false, authOptional: true, disabledCommands: ["STARTTLS"] });
    expect(await send(mailTo(plain.port, { tls: "none", login: undefined }))).toMatchObject([{ state: "sent" }]);
    expect([implicit.mails.length, plain.mails.length]).toEqual([1, 1]);
  });

  test("at PagerDuty: one incident a run and database, closed by the recovery", async () => {
    const pagerduty = await http({ status: 202 });
    for (const one of [event, event, { ...event, kind: "recovery" as const }, { ...event, run: "drill" as const }])
      expect(await send(pagerdutyAt(pagerduty.url), one)).toMatchObject([{ state: "sent" }]);
    const sent = pagerduty.received.map(({ body }) => JSON.parse(body));
    expect(sent.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ["trigger", "golive-backup/production/backup/app"],
      ["trigger", "golive-backup/production/backup/app"],
      ["resolve", "golive-backup/production/backup/app"],
      ["trigger", "golive-backup/production/drill/app"],
    ]);
    expect(sent[0]).toMatchObject({
      routing_key: "r0ut1ng",
      payload: { severity: "critical", timestamp: "2026-11-25T02:00:07.000Z", component: "app" },
      links: [{ href: "https://runbooks.example/backup-failed" }],
    });
  });

  test("at PagerDuty: a success closes what is open, and a test leaves nothing open", async () => {
    const pagerduty = await http({ status: 202 });
    for (const kind of ["success", "test"] as const)
      expect(await send(pagerdutyAt(pagerduty.url), { ...event, kind })).toMatchObject([{ state: "sent" }]);
    const sent = pagerduty.received.map(({ body }) => JSON.parse(body));
    expect(sent.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      // Also when the recovery before it did not arrive.
      ["resolve", "golive-backup/production/backup/app"],
      ["trigger", "golive-backup/production/test/app"],
      ["resolve", "golive-backup/production/test/app"],
    ]);
  });

  test("at Slack: a long text is cut so that code, time and runbook still stand below it, within the 3000 characters", async () => {
    const slack = await http({ status: 200 });
    for (const text of ["x".repeat(9000), "🔥".repeat(9000)]) await send(slackAt(slack.url), { ...event, text });
    const [plain = "", emoji = ""] = slack.received.map(({ body }) => JSON.parse(body).blocks[1].text.text as string);
    expect(plain).toMatch(/x…\nSee the server's log\.\nBACKUP_FAILED, .*\nhttps:\/\/runbooks\.example\/backup-failed$/);
    for (const text of [plain, emoji]) {
      expect(text.length).toBeLessThanOrEqual(3000);
      expect(text.isWellFormed()).toBe(true);
    }
  });

  test("by email: a recipient that the server refuses is named, and the others have the mail once", async () => {
    const server = await smtp({
      ...tls,
      secure: false,
      onRcptTo({ address }, _session, done) {
        done(address === "dba@example.com" ? Object.assign(new Error("no such user"), { responseCode: 550 }) : null);
      },
    });
    expect(await send(mailTo(server.port))).toEqual([
      { channel: "email", state: "sent", attempts: 1, problem: "the mail server refused dba@example.com" },
    ]);
    expect(server.mails.map(({ to }) => to)).toEqual([["ops@example.com"]]);
  });

  test("by email: every recipient refused is a failure that no second try cures", async () => {
    const server = await smtp({
      ...tls,
      secure: false,
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error("no such user"), { responseCode: 550 })),
    });
    expect(await send(mailTo(server.port))).toMatchObject([{ channel: "email", state: "failed", attempts: 1 }]);
  });

  test.each(["PLAIN", "LOGIN"])("by email: the login by AUTH %s arrives whole, only inside of TLS", async (method) => {
    const server = await smtp({ ...tls, secure: false, authMethods: [method] });
    expect(await send(mailTo(server.port))).toMatchObject([{ state: "sent" }]);
    expect(server.logins).toEqual(["right"]);
  });

  test("a key of PagerDuty stays within its 255 characters and apart from others", async () => {
    const pagerduty = await http({ status: 202 });
    for (const end of ["a", "b"]) await send(pagerdutyAt(pagerduty.url), { ...event, database: "é".repeat(300) + end });
    const keys = pagerduty.received.map(({ body }) => JSON.parse(body).dedup_key as string);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(255);
  });
});

describe("what must not get through", () => {
  const hostile = { ...event, database: '<!channel> *bold* & \r\nBcc: evil@example.com\r\n\r\n"x"\u001b[31m' };

  test("a database's name rings nobody and formats nothing at Slack", async () => {
    const slack = await http({ status: 200 });
    await send(slackAt(slack.url), hostile);
    const { text, blocks } = JSON.parse(slack.received[0]?.body ?? "");
    expect(text).toContain("&lt;!channel&gt; *bold* &amp;");
    expect(["<", "\r", "\n", "\u001b"].filter((one) => text.includes(one))).toEqual([]);
    expect(blocks[0].text).toMatchObject({ type: "plain_text", emoji: false });
  });

  test("a database's name adds no header and no recipient to a mail", async () => {
    const server = await smtp({ ...tls, secure: false });
    await send(mailTo(server.port), hostile);
    expect(server.mails[0]?.to).toEqual(["ops@example.com", "dba@example.com"]);
    const headers = server.mails[0]?.source.split("\r\n\r\n")[0] ?? "";
    expect(headers).not.toMatch(/^Bcc:/im);
    expect(headers).toMatch(/^Subject: /m);
  });

  test("no password of an error's text arrives anywhere", async () => {
    const [slack, pagerduty] = [await http({ status: 200 }), await http({ status: 202 })];
    const server = await smtp({ ...tls, secure: false });
    const leaking = { ...event, text: "postgres://app:hunter2@db/app, password=hunter2", hint: "token: hunter2" };
    const config = {
      ...mailTo(server.port),
      slack: slackAt(slack.url).slack,
      pagerduty: pagerdutyAt(pagerduty.url).pagerduty,
    };
    expect((await send(config, leaking)).map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);
    const all = [slack.received[0]?.body, pagerduty.received[0]?.body, server.mails[0]?.source].join("\n");
    expect(all).toContain("***");
    expect(all).not.toContain("hunter2");
  });

  test("a receiver that repeats our secrets does not bring them into the log", async () => {
    const echo = await http(({ path, body }) => ({
      status: 400,
      // The whole address, and its token alone.
      body: `no service at ${path} (token ${path.split("/").at(-1)}): ${body}`,
    }));
    const server = await smtp({ ...tls, secure: false });
    const config = {
      ...mailTo(server.port, { login: { user: "golive", password: "wr0ng-p4ss" } }),
      slack: slackAt(echo.url).slack,
      pagerduty: pagerdutyAt(echo.url).pagerduty,
    };
    const deliveries = await send(config);
    expect(deliveries.map(({ state }) => state)).toEqual(["failed", "failed", "failed"]);
    expect(JSON.stringify(deliveries)).not.toMatch(/s3cr3t|r0ut1ng|wr0ng-p4ss/);
  });
});

describe("fault 38: a channel that is down holds no other up", () => {
  test("Slack down, the mail server silent, PagerDuty answering 429: each tried within its time, the mail sent where it can be", async () => {
    const silent = await tcpReceiver(() => undefined);
    open.push(silent);
    const pagerduty = await http((_received, index) =>
      index === 0 ? { status: 429, headers: { "retry-after": "1" } } : { status: 202 },
    );
    const config = {
      ...mailTo(silent.port),
      slack: slackAt(await closedUrl()).slack,
      pagerduty: pagerdutyAt(pagerduty.url).pagerduty,
    };
    const begun = performance.now();
    const deliveries = await send(config, event, { ...short, tryMs: 1_500 });
    const took = performance.now() - begun;
    expect(deliveries).toEqual([
      {
        channel: "slack",
        state: "failed",
        attempts: 2,
        problem: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/),
      },
      {
        channel: "email",
        state: "failed",
        attempts: 2,
        problem: expect.stringMatching(/localhost:\d+: no answer in time/),
      },
      { channel: "pagerduty", state: "sent", attempts: 2 },
    ]);
    // It waited as long as it was asked to, and nobody waited for ever.
    expect(took).toBeGreaterThan(1000);
    expect(took).toBeLessThan(short.totalMs);
    await expect.poll(() => silent.sockets.size).toBe(0);
  });

  test("a receiver that asks to come back in an hour is left to the next run", async () => {
    const pagerduty = await http({ status: 429, headers: { "retry-after": "3600" } });
    const begun = performance.now();
    expect(await send(pagerdutyAt(pagerduty.url))).toMatchObject([{ state: "failed", attempts: 1 }]);
    expect(performance.now() - begun).toBeLessThan(quick.totalMs);
  });

  test.each([
    [500, "sent", 2],
    [503, "sent", 2],
    [404, "failed", 1],
    [400, "failed", 1],
    [302, "failed", 1],
  ] as const)("after a %i, the message is %s with %i tries", async (status, state, attempts) => {
    const elsewhere = await http({ status: 200 });
    const slack = await http((_received, index) =>
      index === 0 ? { status, headers: { location: `${elsewhere.url}/stolen` }, body: "because" } : { status: 200 },
    );
    expect(await send(slackAt(slack.url))).toMatchObject([{ state, attempts }]);
    // A redirect would have carried the message to somebody else.
    expect(elsewhere.received).toEqual([]);
  });

  test("an answer that never ends is given up", async () => {
    const slack = await http(() => undefined);
    expect(await send(slackAt(slack.url), event, { ...short, attempts: 1 })).toMatchObject([
      { state: "failed", problem: expect.stringContaining("no answer in time") },
    ]);
  });

  test("a mail server that sends a byte now and then is given up after the time of a try", async () => {
    const drip = await tcpReceiver((socket) => {
      const timer = setInterval(() => socket.write("2"), 20);
      socket.on("close", () => clearInterval(timer));
    });
    open.push(drip);
    const begun = performance.now();
    expect(await send(mailTo(drip.port), event, { ...short, attempts: 1 })).toMatchObject([{ state: "failed" }]);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test("a mail server that is busy for now is tried again", async () => {
    let tries = 0;
    const server = await smtp({
      ...tls,
      secure: false,
      onMailFrom(_address, _session, done) {
        tries++;
        done(tries === 1 ? Object.assign(new Error("come back later"), { responseCode: 451 }) : null);
      },
    });
    expect(await send(mailTo(server.port))).toEqual([{ channel: "email", state: "sent", attempts: 2 }]);
  });

  test("a wrong login is tried once: a second try could lock the account", async () => {
    const server = await smtp({ ...tls, secure: false });
    const config = mailTo(server.port, { login: { user: "golive", password: "wrong" } });
    expect(await send(config)).toMatchObject([
      { state: "failed", attempts: 1, problem: expect.stringContaining("login") },
    ]);
    expect(server.logins).toEqual(["wrong"]);
  });

  test("a certificate that the CA did not sign: no mail, no password, whatever the kind of TLS", async () => {
    for (const kind of ["starttls", "implicit"] as const) {
      const server = await smtp({ ...tls, secure: kind === "implicit" });
      expect(await send(mailTo(server.port, { tls: kind, ca: undefined }))).toMatchObject([
        { state: "failed", attempts: 1, problem: expect.stringMatching(/certificate/) },
      ]);
      expect([server.mails, server.logins]).toEqual([[], []]);
    }
  });

  test("a server that does not offer STARTTLS gets neither mail nor password", async () => {
    const server = await smtp({
      secure: false,
      disabledCommands: ["STARTTLS"],
      authOptional: true,
      allowInsecureAuth: true,
    });
    expect(await send(mailTo(server.port))).toMatchObject([{ state: "failed", attempts: 1 }]);
    expect([server.mails, server.logins]).toEqual([[], []]);
  });
});

test.each([
  ["7", 7000],
  ["Wed, 25 Nov 2026 05:00:10 GMT", 10_000],
  ["Wed, 25 Nov 2020 05:00:10 GMT", 0],
  ["soon", undefined],
  [null, undefined],
])("Retry-After: %s", (header, ms) => {
  expect(retryAfterMs(header, Date.parse("2026-11-25T05:00:00Z"))).toBe(ms);
});
