import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import { check, type Env, secretFile } from "./check.ts";
import { secretUrl } from "./secret-url.ts";

// One address: no blanks, no second one, nothing that could begin another header.
const address = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

const addresses = (list: string): string[] => list.split(",").map((one) => one.trim());

export const notifyVariables = z.object({
  BACKUP_ENVIRONMENT: z.string().max(64).default("local").describe("name of the environment in messages"),
  BACKUP_NOTIFY_SUCCESS: z.enum(["true", "false"]).default("false").describe("tell of runs that went well too"),
  BACKUP_NOTIFY_AGAIN_HOURS: z.coerce
    .number()
    .min(1)
    .max(24 * 30)
    .default(24)
    .describe("how often it is said again that a check is still red, or that something waits for a person"),
  BACKUP_RUNBOOKS_URL: z
    .url({ protocol: /^https?$/, error: "an http(s) address" })
    .optional()
    .describe("address of the runbooks, for links in messages"),
  BACKUP_SLACK_WEBHOOK_FILE: z.string().optional().describe("file with the address of a Slack incoming webhook"),
  BACKUP_PAGERDUTY_KEY_FILE: z
    .string()
    .optional()
    .describe("file with the integration key of PagerDuty's Events API v2"),
  BACKUP_PAGERDUTY_URL: z
    .url({ protocol: /^https?$/, error: "an http(s) address" })
    .default("https://events.pagerduty.com/v2/enqueue")
    .describe("where PagerDuty takes events; EU accounts have one of their own"),
  BACKUP_SMTP_HOST: z
    .string()
    .optional()
    .describe("mail server; with it, BACKUP_SMTP_FROM and BACKUP_SMTP_TO are needed"),
  BACKUP_SMTP_PORT: z.coerce.number().int().min(1).max(65_535).default(587).describe("its port"),
  BACKUP_SMTP_TLS: z
    .enum(["starttls", "implicit", "none"])
    .default("starttls")
    .describe("starttls (587), implicit (465), or none for a relay beside us; certificates are always verified"),
  BACKUP_SMTP_CA_FILE: z.string().optional().describe("CA of the mail server, when it is not a public one"),
  BACKUP_SMTP_USER: z.string().optional().describe("login at the mail server"),
  BACKUP_SMTP_PASSWORD_FILE: z.string().optional().describe("file with its password"),
  BACKUP_SMTP_FROM: z.string().regex(address, { error: "one plain address" }).optional().describe("sender"),
  BACKUP_SMTP_TO: z
    .string()
    // The whole list is one value: a fault in it is the variable's, not that of an element.
    .refine((list) => addresses(list).every((one) => address.test(one)), { error: "plain addresses, commas between" })
    .transform(addresses)
    .optional()
    .describe("recipients, with commas between"),
});

export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: "starttls" | "implicit" | "none";
  /** PEM; undefined for public CAs. */
  readonly ca: string | undefined;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

export interface NotifyConfig {
  readonly environment: string;
  readonly success: boolean;
  readonly againHours: number;
  /** With a slash at its end. */
  readonly runbooksUrl: string | undefined;
  readonly slack: URL | undefined;
  readonly pagerduty: { readonly url: URL; readonly routingKey: string } | undefined;
  readonly smtp: SmtpConfig | undefined;
}

/** @throws CONFIG_INVALID. The message never quotes a secret. */
export function readNotifyConfig(env: Env): NotifyConfig {
  const e = check(notifyVariables, env);
  const key = e.BACKUP_PAGERDUTY_KEY_FILE;
  return {
    environment: e.BACKUP_ENVIRONMENT,
    success: e.BACKUP_NOTIFY_SUCCESS === "true",
    againHours: e.BACKUP_NOTIFY_AGAIN_HOURS,
    runbooksUrl: e.BACKUP_RUNBOOKS_URL?.replace(/\/*$/, "/"),
    slack: e.BACKUP_SLACK_WEBHOOK_FILE
      ? secretUrl("BACKUP_SLACK_WEBHOOK_FILE", e.BACKUP_SLACK_WEBHOOK_FILE)
      : undefined,
    pagerduty: key
      ? { url: new URL(e.BACKUP_PAGERDUTY_URL), routingKey: secretFile("BACKUP_PAGERDUTY_KEY_FILE", key).trim() }
      : undefined,
    smtp: e.BACKUP_SMTP_HOST === undefined ? undefined : smtp(e.BACKUP_SMTP_HOST, e),
  };
}

/** For who needs no channel. @throws CONFIG_INVALID */
export const readEnvironmentName = (env: Env): string =>
  check(notifyVariables.pick({ BACKUP_ENVIRONMENT: true }), env).BACKUP_ENVIRONMENT;

function smtp(host: string, e: z.output<typeof notifyVariables>): SmtpConfig {
  const { BACKUP_SMTP_USER: user, BACKUP_SMTP_PASSWORD_FILE: file, BACKUP_SMTP_CA_FILE: ca } = e;
  const { BACKUP_SMTP_FROM: from, BACKUP_SMTP_TO: to, BACKUP_SMTP_TLS: tls } = e;
  if (from === undefined || to === undefined)
    throw invalid("BACKUP_SMTP_HOST is set without BACKUP_SMTP_FROM and BACKUP_SMTP_TO", "Set all three, or none.");
  if ((user === undefined) !== (file === undefined))
    throw invalid("only one of BACKUP_SMTP_USER and BACKUP_SMTP_PASSWORD_FILE is set", "Set both, or neither.");
  if (user !== undefined && tls === "none")
    throw invalid(
      "BACKUP_SMTP_TLS=none would send the password of BACKUP_SMTP_USER in the clear",
      "Use starttls or implicit, or a relay that asks for no login.",
    );
  return {
    host,
    port: e.BACKUP_SMTP_PORT,
    tls,
    ca: ca === undefined ? undefined : secretFile("BACKUP_SMTP_CA_FILE", ca),
    login:
      user !== undefined && file !== undefined
        ? { user, password: secretFile("BACKUP_SMTP_PASSWORD_FILE", file) }
        : undefined,
    from,
    to,
  };
}

const invalid = (message: string, hint: string): GoliveError => new GoliveError("CONFIG_INVALID", message, hint);
