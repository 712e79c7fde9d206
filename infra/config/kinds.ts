import { isIP } from "node:net";
import { z } from "zod";
import { bytesOf } from "./quantities.ts";

/*
 * The kinds of value the configuration is made of. `allowed` is what a person is told when a value does not fit; it is
 * kept as schema metadata, so that messages and the editor's JSON schema say the same.
 */
interface Facts {
  readonly allowed: string;
  readonly description: string;
}

/** A key: its schema, what may stand there, and what it is for. */
export const key = <T extends z.ZodType>(schema: T, allowed: string, description: string): T =>
  schema.meta({ allowed, description } satisfies Facts) as T;

const matching = (fits: (text: string) => boolean) => z.string().refine(fits);

export const quantity = matching((text) => (bytesOf(text) ?? 0) > 0);
export const cpu = z.string().regex(/^(\d+m|\d+(\.\d+)?)$/);
export const duration = z.string().regex(/^[1-9]\d*(s|m|h|d|w)$/);
/** Go durations know no days: collectors take seconds, minutes and hours only. */
export const goDuration = z.string().regex(/^[1-9]\d*(s|m|h)$/);
export const dnsLabel = (longest: number) =>
  z.string().regex(new RegExp(`^[a-z]([a-z0-9-]{0,${longest - 2}}[a-z0-9])?$`));

export const cidr = matching((text) => {
  const [address = "", bits = "", ...rest] = text.split("/");
  const family = isIP(address);
  return rest.length === 0 && family > 0 && /^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
});
/** Peers of network policies: at least one, since an empty list would mean everybody. */
export const cidrs = z.array(cidr).min(1);
export const cidrsAllowed = 'a list of at least one CIDR block, like ["10.0.0.0/16"]';

export const timeZone = matching((name) => {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && !/^[+-]/.test(name);
  } catch {
    return false;
  }
});

const cronLimits = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** Five numeric cron fields with lists, ranges and steps; names of months and days are left out on purpose. */
export const cronSchedule = matching((text) => {
  const fields = text.trim().split(/\s+/);
  return fields.length === 5 && cronLimits.every(([low, high], at) => cronField(fields[at] ?? "", low, high));
});

function cronField(field: string, low: number, high: number): boolean {
  return field.split(",").every((part) => {
    const match = /^(\*|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part);
    if (!match || match[2] === "0") return false;
    const bounds = match[1] === "*" ? [low, high] : (match[1] ?? "").split("-").map(Number);
    return bounds.every((bound) => bound >= low && bound <= high) && (bounds[0] ?? 0) <= (bounds.at(-1) ?? 0);
  });
}

export const awsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/);
export const awsRegionAllowed = "a region like eu-central-1";

/** `name@sha256:…`: the only reference that is the same image tomorrow. */
export const digestReference = z.string().regex(/^[a-z0-9][a-z0-9./:_-]*@sha256:[0-9a-f]{64}$/);

/* Keys that many groups have. */

export const size = (description: string) => key(quantity, "a quantity like 512Mi or 10Gi", description);
export const cores = (description: string) => key(cpu, "cores like 250m or 2", description);
export const yesNo = (description: string) => key(z.boolean(), "true or false", description);
export const whole = (from: number, to: number, description: string) =>
  key(z.int().min(from).max(to), `a whole number from ${from} to ${to}`, description);
